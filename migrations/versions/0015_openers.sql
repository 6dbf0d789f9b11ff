-- Who asked for a payment: the customer, or staff for them. Null: it was opened by a release that did not record it.
alter table payments add column opened_by_user_id uuid references users;
create index payments_opener on payments (opened_by_user_id) where opened_by_user_id is not null;
