/* Rows in an array in the order of their names, found by bisection: nothing is quicker that a handler can do. */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "rows.h"

/* The longest line: a name of 128 sub-identifiers, a type, and a value of 255 octets in hexadecimal digits. */
#define LINE 4096

struct row {
    oid *name;
    size_t length;
    u_char type;
    void *value;
    size_t size;
};

static struct row *rows;
static long count;

/* copy returns memory of its own with these octets. There always is enough of it. */
static void *copy(const void *from, size_t size)
{
    void *to = malloc(size ? size : 1);

    if (to == NULL)
        abort();
    memcpy(to, from, size);
    return to;
}

/* read_name reads "1.3.6" and returns what follows it. */
static char *read_name(char *at, oid *name, size_t *length)
{
    *length = 0;
    do {
        name[(*length)++] = strtoul(at, &at, 10);
    } while (*at++ == '.' && *length < MAX_OID_LEN);
    return at;
}

/* read_row reads a line such as "1.3.6.1.2.1.236.1.1.0 x 6c696276697274": a name, a type and a value. */
static int read_row(char *line, struct row *r)
{
    oid name[MAX_OID_LEN];
    u_char octets[LINE];
    char *at = read_name(line, name, &r->length);
    char letter = *at;
    long number;
    struct counter64 wide;
    unsigned octet;

    if (letter == '\0' || at[1] != ' ')
        return -1;
    r->name = copy(name, r->length * sizeof(oid));
    at += 2;
    number = strtol(at, NULL, 10);
    r->value = copy(&number, sizeof(number));
    r->size = sizeof(number);
    switch (letter) {
    case 'i': r->type = ASN_INTEGER; return 0;
    case 'g': r->type = ASN_GAUGE; return 0;
    case 'c': r->type = ASN_COUNTER; return 0;
    case 't': r->type = ASN_TIMETICKS; return 0;
    case 'C':
        wide.high = strtoull(at, NULL, 10) >> 32;
        wide.low = strtoull(at, NULL, 10) & 0xffffffff;
        r->type = ASN_COUNTER64;
        r->value = copy(&wide, sizeof(wide));
        r->size = sizeof(wide);
        return 0;
    case 'o':
        read_name(at, name, &r->size);
        r->type = ASN_OBJECT_ID;
        r->size *= sizeof(oid);
        r->value = copy(name, r->size);
        return 0;
    case 'x':
        for (r->size = 0; sscanf(at, "%2x", &octet) == 1; at += 2)
            octets[r->size++] = octet;
        r->type = ASN_OCTET_STR;
        r->value = copy(octets, r->size);
        return 0;
    }
    return -1;
}

/* find returns the position of the first row that is not before name, or is behind it. */
static long find(const oid *name, size_t length, int behind)
{
    long from = 0, to = count;

    while (from < to) {
        long middle = from + (to - from) / 2;
        int order = snmp_oid_compare(rows[middle].name, rows[middle].length, name, length);

        if (order < 0 || (order == 0 && behind))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *reg, netsnmp_agent_request_info *info,
                  netsnmp_request_info *request)
{
    for (; request != NULL; request = request->next) {
        netsnmp_variable_list *v = request->requestvb;
        int next = info->mode == MODE_GETNEXT;
        long at;

        if (request->processed)
            continue;
        at = find(v->name, v->name_length, next && !request->inclusive);
        if (at == count || (!next && snmp_oid_compare(rows[at].name, rows[at].length, v->name, v->name_length) != 0)) {
            if (!next)
                netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
            continue;
        }
        if (next && request->range_end != NULL &&
            snmp_oid_compare(rows[at].name, rows[at].length, request->range_end, request->range_end_len) >= 0)
            continue;
        if (next)
            snmp_set_var_objid(v, rows[at].name, rows[at].length);
        snmp_set_var_typed_value(v, rows[at].type, rows[at].value, rows[at].size);
    }
    return SNMP_ERR_NOERROR;
}

/* load reads all rows. */
static int load(const char *path)
{
    char line[LINE];
    long room = 0;
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        perror(path);
        return -1;
    }
    while (fgets(line, sizeof(line), f) != NULL) {
        if (count == room) {
            room = 2 * room + 1024;
            rows = realloc(rows, room * sizeof(*rows));
            if (rows == NULL)
                abort();
        }
        if (read_row(line, &rows[count]) != 0) {
            fprintf(stderr, "%s:%ld: no row\n", path, count + 1);
            fclose(f);
            return -1;
        }
        count++;
    }
    fclose(f);
    return 0;
}

long rows_serve(const char *path, unsigned sublen)
{
    if (load(path) != 0)
        return -1;
    if (count == 0 || rows[0].length < sublen) {
        fprintf(stderr, "%s: no rows\n", path);
        return -1;
    }
    if (netsnmp_register_handler(netsnmp_create_handler_registration(
            "rows", answer, rows[0].name, sublen, HANDLER_CAN_RONLY)) != MIB_REGISTERED_OK) {
        fprintf(stderr, "%s: the subtree is not registered\n", path);
        return -1;
    }
    return count;
}
