create table if not exists event (
    seq integer primary key,
    event_id text not null unique,
    subject_id text not null,
    version integer not null,
    kind text not null,
    reviewer text not null,
    recorded_at text not null,
    details text not null,
    previous_hash text not null,
    event_hash text not null,
    unique (subject_id, version)
) strict;
create trigger if not exists event_is_not_changed before update on event
begin
    select raise(abort, 'an event is never changed: put a new one on record');
end;
create trigger if not exists event_is_not_removed before delete on event
begin
    select raise(abort, 'an event is never removed: put a new one on record');
end;
