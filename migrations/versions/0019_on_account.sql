-- A payment on account: a customer pays a sum for which nothing was sold yet, with an order of its own. It earns nothing.
alter table orders add column is_on_account boolean not null default false;
create index orders_on_account_unpaid on orders (user_id, created_at) where is_on_account and payment_status = 'UNPAID';
