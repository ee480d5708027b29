"""What every decision stands on: the scene, people, dues, mails, what may be disclosed to whom. Imports no other room."""
