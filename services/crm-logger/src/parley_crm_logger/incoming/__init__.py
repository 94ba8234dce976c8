"""R3: mails that come in: mailboxes are followed, mails read beside the process, taken once, and told to the floor."""
