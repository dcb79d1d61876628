// SPDX-License-Identifier: Apache-2.0
// ISO 8601 in UTC for units.h: the proleptic Gregorian calendar in plain arithmetic, because the
// host's calendar functions drag the host's time zone in. No leap seconds, as in POSIX time.
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/err.h"
#include "sim/base/units.h"

#define UTC_NS_PER_S INT64_C(1000000000)
#define UTC_S_PER_DAY 86400
#define UTC_YEAR_MIN 1678 // The whole years that 64 bits of nanoseconds reach.
#define UTC_YEAR_MAX 2261

// Days since 1970-01-01. The year begins in March, so that the leap day is its last.
static int64_t utc_days(int64_t year, int64_t month, int64_t day)
{
    int64_t march_year = year - (month <= 2);
    int64_t era = march_year / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

// The reverse; good for any time that 64 bits of nanoseconds reach.
static void utc_date(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = days + 719468; // Since 0000-03-01, never negative here.
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;

    *ret_day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *ret_month = (int)((march_month + 2) % 12 + 1);
    *ret_year = (int)(era * 400 + year_of_era + (*ret_month <= 2));
}

const char *units_utc_text(int64_t utc_ns, char ret[UNITS_TEXT_ROOM])
{
    int64_t rest = utc_ns % UTC_NS_PER_S;
    int64_t seconds = utc_ns / UTC_NS_PER_S - (rest < 0);
    int64_t in_day = seconds % UTC_S_PER_DAY;
    int64_t days = seconds / UTC_S_PER_DAY - (in_day < 0);
    int year, month, day;

    rest += rest < 0 ? UTC_NS_PER_S : 0;
    in_day += in_day < 0 ? UTC_S_PER_DAY : 0;
    utc_date(days, &year, &month, &day);
    snprintf(ret, UNITS_TEXT_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
             (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60),
             (int)(rest / 1000000));
    return ret;
}

// Takes exactly `digits` digits off *at.
static bool utc_number(const char **at, int digits, int *ret)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*at)[0]))
            return false;
        value = value * 10 + *(*at)++ - '0';
    }
    *ret = value;
    return true;
}

static bool utc_letter(const char **at, char letter)
{
    if (**at != letter)
        return false;
    (*at)++;
    return true;
}

static int utc_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

static bool utc_read_date(const char **at, int64_t *ret_days)
{
    int year, month, day;

    if (!utc_number(at, 4, &year) || !utc_letter(at, '-') || !utc_number(at, 2, &month) ||
        !utc_letter(at, '-') || !utc_number(at, 2, &day))
        return false;
    if (year < UTC_YEAR_MIN || year > UTC_YEAR_MAX || month < 1 || month > 12 || day < 1 ||
        day > utc_month_days(year, month))
        return false;
    *ret_days = utc_days(year, month, day);
    return true;
}

// "08:00:00" or "08:00:00.25" in nanoseconds; digits below a nanosecond are cut off.
static bool utc_read_clock(const char **at, int64_t *ret_ns)
{
    int hour, minute, second;
    int64_t place = UTC_NS_PER_S;
    int64_t fraction = 0;

    if (!utc_number(at, 2, &hour) || !utc_letter(at, ':') || !utc_number(at, 2, &minute) ||
        !utc_letter(at, ':') || !utc_number(at, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (utc_letter(at, '.')) {
        if (!isdigit((unsigned char)**at))
            return false;
        for (; isdigit((unsigned char)**at); (*at)++) {
            place /= 10;
            fraction += (**at - '0') * place;
        }
    }
    *ret_ns = (hour * 3600 + minute * 60 + second) * UTC_NS_PER_S + fraction;
    return true;
}

// "Z" or "+02:00": what is to be taken off, in nanoseconds.
static bool utc_read_zone(const char **at, int64_t *ret_ns)
{
    int sign = **at == '-' ? -1 : 1;
    int hour, minute;

    if (utc_letter(at, 'Z')) {
        *ret_ns = 0;
        return true;
    }
    if (!utc_letter(at, '+') && !utc_letter(at, '-'))
        return false;
    if (!utc_number(at, 2, &hour) || !utc_letter(at, ':') || !utc_number(at, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *ret_ns = sign * (hour * 60 + minute) * 60 * UTC_NS_PER_S;
    return true;
}

int units_parse_utc(const char *text, int64_t *ret_utc_ns)
{
    int64_t clock_ns = 0;
    int64_t zone_ns = 0;
    int64_t days;

    if (!utc_read_date(&text, &days))
        return ERR_SYNTAX;
    if (*text && ((!utc_letter(&text, 'T') && !utc_letter(&text, ' ')) ||
                  !utc_read_clock(&text, &clock_ns) || !utc_read_zone(&text, &zone_ns) || *text))
        return ERR_SYNTAX;
    *ret_utc_ns = days * UTC_S_PER_DAY * UTC_NS_PER_S + clock_ns - zone_ns;
    return 0;
}
