-- 0014_search_pending_list.sql
-- A worker sorts in the entries that wait (docs/decisions/0013-search.md); a writer does it only when no worker has for long.

alter index threads_by_text set (gin_pending_list_limit = 16384);
