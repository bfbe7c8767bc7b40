DROP TRIGGER IF EXISTS tg_pgqueuer_changed ON routing.pgqueuer;
DROP FUNCTION IF EXISTS routing.fn_pgqueuer_changed;
DROP TABLE IF EXISTS routing.pgqueuer;
DROP TABLE IF EXISTS routing.pgqueuer_log;
DROP TABLE IF EXISTS routing.pgqueuer_schedules;
DROP TABLE IF EXISTS routing.pgqueuer_statistics;
DROP TYPE IF EXISTS routing.pgqueuer_status;
DROP TYPE IF EXISTS routing.pgqueuer_statistics_status;
