/* A subagent as one writes it in C, with net-snmp's library: subagent ADDRESS FILE, for example unix:/run/agentx rows. */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "rows.h"

/* As long as 1.3.6.1.2.1.236. */
#define SUBTREE 7

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s ADDRESS FILE\n", argv[0]);
        return 2;
    }
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
    snmp_enable_stderrlog();
    init_agent("rows");
    if (rows_serve(argv[2], SUBTREE) < 0)
        return 1;
    init_snmp("rows");
    for (;;)
        agent_check_and_process(1);
}
