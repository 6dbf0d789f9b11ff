-- How often a password still opens a session; null: as often as its owner likes. The first administrator's opens one, and
-- whoever logged in with it gives the account a password of their own.
alter table users add column password_logins_left smallint check (password_logins_left >= 0);
