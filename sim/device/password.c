// SPDX-License-Identifier: Apache-2.0
// Password rules as data (`policies.password.*` of a profile): length, letters that are allowed,
// classes that must occur (DOCA0211EN-12, "Password"; PS-207 to PS-211). A rule that names no
// letters allows the printable ones of ASCII, so that a length in characters is one in bytes.
#include "sim/device/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/device/accounts.h"
#include "sim/profile/profile.h"

enum password_class { CLASS_UPPER, CLASS_LOWER, CLASS_DIGIT, CLASS_SPECIAL, CLASSES };

#define PATH_ROOM 128

static const struct {
    const char *name; // In profiles.
    const char *text;
    const char *missing;
} classes[CLASSES] = {
    [CLASS_UPPER] = {"upper", "upper-case letters", "The password needs an upper-case letter."},
    [CLASS_LOWER] = {"lower", "lower-case letters", "The password needs a lower-case letter."},
    [CLASS_DIGIT] = {"digit", "digits", "The password needs a digit."},
    [CLASS_SPECIAL] = {"special", "special characters", "The password needs a special character."},
};

// By how many classes must occur.
static const char *const kinds_missing[CLASSES + 1] = {
    [1] = "The password is empty.",
    [2] = "The password needs characters of two kinds at least: upper-case letters, lower-case "
          "letters, digits, special characters.",
    [3] = "The password needs characters of three kinds at least: upper-case letters, lower-case "
          "letters, digits, special characters.",
    [4] = "The password needs characters of all four kinds: upper-case letters, lower-case "
          "letters, digits, special characters.",
};

struct rule {
    size_t least, most;
    int kinds; // 0: any.
    bool required[CLASSES];
    const char *special;    // NULL: every printable one.
    const char *characters; // Ranges "0-9a-z"; NULL: letters, digits and the special ones.
};

// ---- The rule as data ----

static const struct yaml_node *fact(const struct profile *profile, const char *rule,
                                    const char *name)
{
    char path[PATH_ROOM];

    snprintf(path, sizeof(path), "policies.%s%s%s", rule, *name ? "." : "", name);
    return profile_fact(profile, path);
}

static const char *text_of(const struct yaml_node *node)
{
    return node && node->kind == YAML_SCALAR ? node->text : NULL;
}

// "8..50", or "4" for exactly so many.
static void read_length(const char *text, struct rule *ret)
{
    char *rest;
    unsigned long least = strtoul(text, &rest, 10);
    unsigned long most = strncmp(rest, "..", 2) == 0 ? strtoul(rest + 2, NULL, 10) : least;

    ret->least = least;
    ret->most = most < ACCOUNT_PASSWORD_BYTES_MAX ? most : ACCOUNT_PASSWORD_BYTES_MAX;
}

static void read_required(const struct yaml_node *node, struct rule *ret)
{
    for (size_t i = 0; node && i < CLASSES; i++) {
        if (node->kind == YAML_SCALAR)
            ret->required[i] = strcmp(node->text, classes[i].name) == 0;
        for (size_t k = 0; node->kind == YAML_SEQUENCE && k < node->count; k++)
            ret->required[i] |= strcmp(node->items[k]->text, classes[i].name) == 0;
    }
}

static bool read_rule(const struct profile *profile, const char *name, struct rule *ret)
{
    struct rule rule = {.least = 1, .most = ACCOUNT_PASSWORD_BYTES_MAX};
    const struct yaml_node *length = fact(profile, name, "length");

    if (!fact(profile, name, ""))
        return false;
    if (text_of(length))
        read_length(text_of(length), &rule);
    rule.kinds = (int)schema_integer(fact(profile, name, "classes"), 0);
    if (rule.kinds < 0 || rule.kinds > CLASSES)
        rule.kinds = CLASSES;
    read_required(fact(profile, name, "required"), &rule);
    rule.special = text_of(fact(profile, name, "special"));
    rule.characters = text_of(fact(profile, name, "characters"));
    *ret = rule;
    return true;
}

// ---- Letters ----

static enum password_class class_of(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return CLASS_UPPER;
    if (letter >= 'a' && letter <= 'z')
        return CLASS_LOWER;
    return letter >= '0' && letter <= '9' ? CLASS_DIGIT : CLASS_SPECIAL;
}

static bool within_ranges(const char *ranges, char letter)
{
    while (*ranges) {
        bool range = ranges[1] == '-' && ranges[2];

        if (range ? letter >= ranges[0] && letter <= ranges[2] : letter == ranges[0])
            return true;
        ranges += range ? 3 : 1;
    }
    return false;
}

static bool is_allowed(const struct rule *rule, char letter)
{
    if (letter < ' ' || letter > '~')
        return false;
    if (rule->characters)
        return within_ranges(rule->characters, letter);
    return class_of(letter) != CLASS_SPECIAL || !rule->special || strchr(rule->special, letter);
}

// ---- The check ----

static const char *what_is_wrong(const struct rule *rule, const char *password)
{
    size_t length = strnlen(password, rule->most + 1);
    bool has[CLASSES] = {false};
    int kinds = 0;

    if (length > rule->most)
        return "The password is too long.";
    for (size_t i = 0; i < length; i++) {
        if (!is_allowed(rule, password[i]))
            return "The password has a character that is not allowed.";
        has[class_of(password[i])] = true;
    }
    if (length < rule->least)
        return "The password is too short.";
    for (size_t i = 0; i < CLASSES; i++) {
        kinds += has[i];
        if (rule->required[i] && !has[i])
            return classes[i].missing;
    }
    return kinds < rule->kinds ? kinds_missing[rule->kinds] : NULL;
}

int password_check(const struct profile *profile, const char *rule, const char *password,
                   const char **ret_why)
{
    struct rule read;
    const char *why;

    if (!read_rule(profile, rule, &read))
        return ERR_NOT_FOUND;
    why = what_is_wrong(&read, password);
    if (!why)
        return 0;
    *ret_why = why;
    return ERR_RANGE;
}

// ---- The rule in words ----

static void add_required(const struct rule *rule, struct str *out)
{
    static const char *const ones[CLASSES] = {"an upper-case letter", "a lower-case letter",
                                              "a digit", "a special character"};
    size_t left = 0;

    for (size_t i = 0; i < CLASSES; i++)
        left += rule->required[i];
    if (left)
        str_adds(out, ", with at least ");
    for (size_t i = 0; i < CLASSES; i++) {
        if (!rule->required[i])
            continue;
        str_adds(out, ones[i]);
        left--;
        if (left)
            str_adds(out, left == 1 ? " and " : ", ");
    }
}

static void add_kinds(const struct rule *rule, struct str *out)
{
    static const char *const counts[CLASSES + 1] = {"", "", "two", "three", "four"};

    if (rule->kinds < 2)
        return;
    str_addf(out, ", of at least %s of these kinds: ", counts[rule->kinds]);
    for (size_t i = 0; i < CLASSES; i++)
        str_addf(out, "%s%s", i ? ", " : "", classes[i].text);
}

void password_add_rule_text(const struct profile *profile, const char *name, struct str *out)
{
    struct rule rule;

    if (!read_rule(profile, name, &rule))
        return;
    if (rule.least == rule.most)
        str_addf(out, "Exactly %zu characters", rule.least);
    else
        str_addf(out, "%zu to %zu characters", rule.least, rule.most);
    add_kinds(&rule, out);
    add_required(&rule, out);
    if (rule.characters)
        str_addf(out, "; only %s", rule.characters);
    else if (rule.special)
        str_addf(out, "; the special characters are%s %s",
                 strchr(rule.special, ' ') ? " the space and" : "",
                 rule.special + strspn(rule.special, " "));
    str_adds(out, ".");
}
