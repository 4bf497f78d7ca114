/* The rows within snmpd itself, for "dlmod rows PATH" in snmpd.conf: no subagent at all. The file is named by $VMOND_ROWS. */
#include <stdlib.h>

#include "rows.h"

/* As long as 1.3.6.1.2.1.236. */
#define SUBTREE 7

void init_rows(void)
{
    const char *path = getenv("VMOND_ROWS");

    if (path == NULL || rows_serve(path, SUBTREE) < 0)
        exit(1);
}
