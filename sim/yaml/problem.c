// SPDX-License-Identifier: Apache-2.0
// The parser library's problems in our words, so that a reader cannot tell who found a mistake. A
// row says what a problem means to an author and where the mistake is: where the library stopped,
// or where the thing it was reading began (an unclosed quote is noticed at the end of the file).
// The texts on the left are libyaml 0.2.5's; one it may add later is shown as it is.
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"
#include "sim/yaml/document.h"

#define PROBLEM_INDENT_HINT "is the line indented like its neighbours?"
#define PROBLEM_QUOTE_HINT "put the text in quotes"

struct problem_row {
    const char *problem;
    const char *context; // A part of the library's context, or NULL for any.
    const char *message;
    const char *hint;
    const char *begun; // What to call the place where the context began, or NULL.
    bool at_context;   // The mistake is there.
};

// The first row that fits counts.
static const struct problem_row problem_rows[] = {
    {"found unexpected end of stream", "quoted scalar", "this quote is never closed",
     "close it with the same quote; in single quotes a quote is written twice", NULL, true},
    {"found unexpected document indicator", "quoted scalar",
     "this quote is not closed where the document ends", "close it with the same quote", NULL,
     true},
    {"found unknown escape character", NULL, "no such escape in double quotes",
     "write \\\\ for a backslash, or use single quotes", "the text begins here", false},
    {"did not find expected hexdecimal number", NULL, "an escape lacks hexadecimal digits",
     "\\x takes two, \\u four, \\U eight; or use single quotes", "the text begins here", false},
    {"found invalid Unicode character escape code", NULL, "an escape names no Unicode character",
     NULL, "the text begins here", false},
    {"did not find expected ',' or '}'", NULL, "a ',' or '}' is missing before this", NULL,
     "the '{' is here", false},
    {"did not find expected ',' or ']'", NULL, "a ',' or ']' is missing before this", NULL,
     "the '[' is here", false},
    {"mapping values are not allowed in this context", NULL, "a ':' cannot stand here",
     "is the key indented like its neighbours? a text with ': ' in it needs quotes", NULL, false},
    {"could not find expected ':'", NULL, "a key without its ':'",
     "write `key: value`; a text over several lines needs quotes or |", NULL, true},
    {"did not find expected key", NULL, "a key is expected here", PROBLEM_INDENT_HINT,
     "the mapping begins here", false},
    {"did not find expected '-' indicator", NULL, "a '- ' is expected here", PROBLEM_INDENT_HINT,
     "the list begins here", false},
    {"block sequence entries are not allowed in this context", NULL, "a list cannot begin here",
     "put its first '- ' on a line of its own", NULL, false},
    {"mapping keys are not allowed in this context", NULL, "a '?' cannot stand here",
     PROBLEM_QUOTE_HINT, NULL, false},
    {"did not find expected alphabetic or numeric character", "alias",
     "a text cannot begin with '*'", PROBLEM_QUOTE_HINT, NULL, true},
    {"did not find expected alphabetic or numeric character", "anchor",
     "a text cannot begin with '&'", PROBLEM_QUOTE_HINT, NULL, true},
    {"did not find expected node content", NULL, "a value is missing here", NULL, NULL, false},
    {"did not find expected <document start>", NULL, "this does not belong to the document above",
     PROBLEM_INDENT_HINT, NULL, false},
    {"found unexpected ':'", NULL, "a ':' cannot stand in a text here", PROBLEM_QUOTE_HINT, NULL,
     false},
    {"did not find expected comment or line break", "block scalar",
     "only a comment may stand behind | or >", "put the text on the next line, indented", NULL,
     false},
    {"found an indentation indicator equal to 0", NULL, "a block cannot be indented by 0",
     "write | or > alone", NULL, false},
    {"found unknown directive name", NULL, "no such directive", "remove the line", NULL, true},
    {"found duplicate %YAML directive", NULL, "a second %YAML line", "remove the line", NULL,
     false},
    {"found incompatible YAML document", NULL, "not a version of YAML that is read here",
     "remove the %YAML line", NULL, false},
};

// A tag may fail in many ways; they all mean that there is one.
static const struct problem_row problem_tag = {
    NULL,
    NULL,
    "tags are not read",
    "remove it, the field decides what a value means; a text that begins with ! needs quotes",
    NULL,
    true};

static const struct problem_row problem_tab = {
    NULL, NULL, "a tab is used for indentation", "indent with spaces", NULL, false};

static const struct problem_row problem_dollar = {
    NULL, NULL, "${...} cannot stand inside { } or [ ]", "write $x or $(x)", NULL, false};

static const struct problem_row problem_brace = {NULL, NULL, "this '{' is never closed",
                                                 NULL, NULL, true};

static const struct problem_row problem_bracket = {NULL, NULL, "this '[' is never closed",
                                                   NULL, NULL, true};

static bool problem_contains(const char *text, const char *part)
{
    return text && strstr(text, part);
}

// The column of the first tab in the line's indentation, 0 when there is none.
static int problem_tab_column(const struct yaml_document *document, int line)
{
    const char *begin = document_at(document, line, 1);
    size_t blanks = strspn(begin, " ");

    return begin[blanks] == '\t' ? (int)blanks + 1 : 0;
}

static bool problem_at_end(const char *at)
{
    return at[strspn(at, " \t\r\n")] == '\0';
}

static const struct problem_row *problem_find(const struct yaml_document *document,
                                              const struct document_problem *problem)
{
    const char *at = document_at(document, problem->mark.line, problem->mark.column);
    bool flow = problem_contains(problem->problem, "' or '");

    if (flow && *at == '{' && at > document->bytes && at[-1] == '$')
        return &problem_dollar;
    if (flow && problem_at_end(at))
        return problem_contains(problem->problem, "}") ? &problem_brace : &problem_bracket;
    if (problem_contains(problem->context, "tag") || problem_contains(problem->problem, "tag"))
        return &problem_tag;
    for (size_t i = 0; i < sizeof(problem_rows) / sizeof(problem_rows[0]); i++) {
        const struct problem_row *row = &problem_rows[i];

        if (strcmp(row->problem, problem->problem) == 0 &&
            (!row->context || problem_contains(problem->context, row->context)))
            return row;
    }
    return NULL;
}

static void problem_note_row(struct diag *diag, const struct yaml_document *document,
                             const struct document_problem *problem, const struct problem_row *row,
                             const struct yaml_mark *mark)
{
    document_error(diag, document, mark, row->hint, "%s", row->message);
    if (problem->quote_mark && !row->at_context)
        document_note(diag, document, problem->quote_mark, "%s",
                      problem->quote_mark->line < mark->line
                          ? "a text in quotes began here and ran over several lines: was it closed?"
                          : "the text in quotes that begins here ends before that");
    else if (row->begun && problem->context_mark.line < mark->line)
        document_note(diag, document, &problem->context_mark, "%s", row->begun);
}

// A character that begins nothing: '@', '`', '%' or whatever the library refuses.
static void problem_note_start(struct diag *diag, const struct yaml_document *document,
                               const struct document_problem *problem)
{
    const char *at = document_at(document, problem->mark.line, problem->mark.column);

    document_error(diag, document, &problem->mark, PROBLEM_QUOTE_HINT,
                   "a text cannot begin with '%c'", *at);
}

void document_note_problem(struct diag *diag, const struct yaml_document *document,
                           const struct document_problem *problem)
{
    const struct problem_row *row = problem_find(document, problem);
    int tab = problem_tab_column(document, problem->mark.line);

    if (tab && !(row && row->at_context)) {
        struct yaml_mark mark = problem->mark;

        mark.column = tab;
        problem_note_row(diag, document, problem, &problem_tab, &mark);
    } else if (row) {
        problem_note_row(diag, document, problem, row,
                         row->at_context ? &problem->context_mark : &problem->mark);
    } else if (strcmp(problem->problem, "found character that cannot start any token") == 0) {
        problem_note_start(diag, document, problem);
    } else {
        document_error(diag, document, &problem->mark, NULL, "%s%s%s", problem->problem,
                       problem->context ? " " : "", problem->context ? problem->context : "");
    }
}
