-- A batch that fails is halved, also by the run after this one.
alter table ledger_verification add column batch integer not null default 500 check (batch > 0);
