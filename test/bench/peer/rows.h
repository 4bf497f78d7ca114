/* What both peers do: they serve rows from memory, as fast as net-snmp's library lets them. */
#ifndef ROWS_H
#define ROWS_H

/* rows_serve reads the rows from the file at path and registers them below the subtree that begins the first of them and is
 * sublen sub-identifiers long. It returns how many there are, or -1 after it has said on standard error what is wrong. */
long rows_serve(const char *path, unsigned sublen);

#endif
