create table if not exists invoices (
    invoice_id integer primary key autoincrement,
    invoice_key text not null unique,
    method_id integer not null,
    total text not null,
    currency text not null,
    lang text not null,
    customer text not null,
    pay_load text not null,
    urls text not null,
    reference text,
    cancel_reference text not null,
    due_date text not null,
    created_at text not null,
    status text not null default 'unpaid',
    paid_at text,
    refunded text not null default '0'
);

create table if not exists transactions (
    transaction_id integer primary key autoincrement,
    invoice_id integer not null references invoices,
    status text not null,
    amount text not null,
    currency text not null,
    paid_with_it integer not null,
    created_at text not null
);

-- The rate to EGP at which an invoice was paid. A table of its own, so that stores of the release before get it too.
create table if not exists paid_rates (
    invoice_id integer primary key references invoices,
    rate text not null
);

create index if not exists transactions_invoice_id on transactions (invoice_id);

-- A new store begins to count at the present time in milliseconds. So if this file is deleted and the database stays, no id
-- is used twice. A second reason: code that expects these ids to be small numbers fails here.
insert into sqlite_sequence (name, seq)
select 'invoices', cast((julianday('now') - julianday('1970-01-01')) * 86400000 as integer)
where not exists (select 1 from sqlite_sequence where name = 'invoices');

-- Requests for refunds. `kind`: how the gateway's list names what one is of.
create table if not exists refunds (
    refund_id integer primary key autoincrement,
    invoice_id integer not null references invoices,
    kind text not null,
    amount text not null,
    status text not null default 'pending',
    reason text not null,
    created_at text not null
);

create index if not exists refunds_invoice_id on refunds (invoice_id);

insert into sqlite_sequence (name, seq)
select 'refunds', cast((julianday('now') - julianday('1970-01-01')) * 86400000 as integer)
where not exists (select 1 from sqlite_sequence where name = 'refunds');
