-- The place of a thread in the inbox is its latest activity. It was its last message: a reaction since did not move it.
update threads set sort_at = activity_at where activity_at > sort_at;
