"""E-mail as values: bytes into a mail that is safe to show, an answer into bytes, files beside the log. It knows no broker, no database and no clock; the
scanner's socket (`scanning.py`) and the folder of files (`files.py`) are all that it touches."""
