DROP TRIGGER IF EXISTS tg_pgqueuer_changed ON intake.pgqueuer;
DROP FUNCTION IF EXISTS intake.fn_pgqueuer_changed;
DROP TABLE IF EXISTS intake.pgqueuer;
DROP TABLE IF EXISTS intake.pgqueuer_log;
DROP TABLE IF EXISTS intake.pgqueuer_schedules;
DROP TABLE IF EXISTS intake.pgqueuer_statistics;
DROP TYPE IF EXISTS intake.pgqueuer_status;
DROP TYPE IF EXISTS intake.pgqueuer_statistics_status;
