-- What is kept of answers of the gateway that can't be read, and how long rows with such answers wait.

alter table payments
    -- How many answers in a row nothing could be made of; the jobs ask again later and later.
    add column odd_answers integer not null default 0,
    -- The last of them, or the answer because of which the payment is in review, without secrets: for staff to read.
    add column gateway_answer text,
    -- The number of the mobile wallet that the gateway was told to ask for the money.
    add column mobile_wallet_number text;

-- ANSWER_UNREADABLE: for days nothing could be made of what the gateway says of the payment.
alter table payments drop constraint payments_review_reason_check;
alter table payments add constraint payments_review_reason_check check (review_reason in (
    'AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'AMOUNT_UNREADABLE', 'ANSWER_UNREADABLE', 'SECOND_PAYMENT', 'ORDER_CANCELLED',
    'REFUND_REPORTED', 'BALANCE_SHORT', 'REFUND_UNKNOWN'));

-- How many tries found a gateway that answered, and could not be finished all the same.
alter table webhook_retries add column odd_answers integer not null default 0;
