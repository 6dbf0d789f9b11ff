-- Every picture that was sent. The row comes before the file and goes after it, so that no file is without a row.
create table pictures (
    -- It is the file's name and a part of its address: 160 random bits.
    name text primary key check (name ~ '^[0-9a-f]{40}$'),
    uploaded_by uuid not null references users,
    -- Whose picture it is. Nobody's yet, where it came with an account that is about to be made or changed.
    user_id uuid references users,
    created_at timestamptz not null default now(),
    -- When nobody needs it any more; null while its account shows it.
    remove_at timestamptz default now() + interval '1 day',
    -- A job is about to remove the file, and no account may show it again.
    is_going boolean not null default false,
    check (not is_going or remove_at is not null)
);
create index pictures_uploaded on pictures (uploaded_by, created_at);
create index pictures_user on pictures (user_id);
create index pictures_to_remove on pictures (remove_at) where remove_at is not null;

-- Whatever changes or closes an account, the picture that it no longer shows goes, by its name alone: the address before
-- that changes when the API moves to another one. Not within an hour of its upload: until then its row counts for the
-- limit on uploads.
create function release_picture() returns trigger
language plpgsql as $$
begin
    update pictures set remove_at = greatest(now(), created_at + interval '1 hour')
    where name = right(old.avatar, 40) and user_id = old.id and remove_at is null;
    return null;
end
$$;
revoke execute on function release_picture() from public;
create trigger users_release_picture after update of avatar on users
    for each row when (right(old.avatar, 40) is distinct from right(new.avatar, 40))
    execute function release_picture();
