-- Whom a mail is about. Null where that is found out when it is sent (codes), and in mails of before: these are known by their
-- address for the month that they stay. Each mail is in one of the two indexes.
alter table mails add column user_id uuid references users;
create index mails_user on mails (user_id, created_at desc, id desc) where user_id is not null;
create index mails_recipient on mails (lower(recipient), created_at desc, id desc) where user_id is null;
