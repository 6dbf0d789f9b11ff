-- When a return page last asked the gateway about a payment, and when the gateway last told such a page something.
alter table payments add column page_asked_at timestamptz, add column page_told_at timestamptz;
