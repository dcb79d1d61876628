// A file without its licence.
int thing;
