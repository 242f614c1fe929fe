/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's pure parts: text as HTML, charts as SVG, destinations summed up, and a
 * whole incident whose every name is hostile.
 */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_tags.h"

#include "ctl/chart_svg.c"
#include "ctl/evidence.c"
#include "ctl/html.c"
#include "ctl/past.c"
#include "ctl/report_incident.c"
#include "ctl/report_page.c"
#include "ctl/report_sent.c"
#include "ctl/report_tables.c"
#include "ctl/row.c"
#include "ctl/table.c"
#include "ctl/terms.c"
#include "ctl/text.c"

static void expect_html(const char *in, const char *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	html_text(&text, in);
	assert_string_equal(text.data ? text.data : "", out);
}

static void text_cannot_be_markup(void **state)
{
	(void)state;
	expect_html("", "");
	expect_html("pg_dump", "pg_dump");
	expect_html("<script>alert('1')</script>",
		    "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
	expect_html("\" onload=\"x", "&quot; onload=&quot;x");
	expect_html("&lt;", "&amp;lt;");
	expect_html("a\nb\033[31m", "a" REPLACEMENT "b" REPLACEMENT "[31m");
	expect_html("caf\xc3\xa9\xe2\x80\xae\xff", "caf\xc3\xa9" REPLACEMENT REPLACEMENT);
	/* Overlong forms of '<' are no '<'. */
	expect_html("\xc0\xbcscript", REPLACEMENT REPLACEMENT "script");
}

static struct json_object *parse(const char *text)
{
	struct json_object *o = json_tokener_parse(text);

	assert_non_null(o);
	return o;
}

static void add_sent(struct rows *sent, struct json_object *places, const char *line)
{
	struct json_object *o = parse(line);

	assert_int_equal(report_sent(sent, places, o), 0);
	json_object_put(o);
}

static void expect_sent(struct rows *sent, size_t i, const char *dst, uint64_t tx, uint64_t ts,
			uint64_t last)
{
	struct json_object *o = sent->item[i];

	assert_string_equal(row_text(o, "dst"), dst);
	assert_true(number(o, "tx") == tx && number(o, "ts") == ts && number(o, "last") == last);
}

static void free_rows(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		json_object_put(rows->item[i]);
	free(rows->item);
}

static void destinations_are_summed(void **state)
{
	struct json_object *places = json_object_new_object();
	struct rows sent = { 0 };

	(void)state;
	add_sent(&sent, places,
		 "{\"ts\":60,\"dst\":\"a\",\"port\":1,\"column\":\"egress\",\"tx\":5}");
	add_sent(&sent, places,
		 "{\"ts\":120,\"dst\":\"b\",\"port\":1,\"column\":\"egress\",\"tx\":9}");
	add_sent(&sent, places,
		 "{\"ts\":180,\"dst\":\"a\",\"port\":1,\"column\":\"egress\",\"tx\":6}");
	add_sent(&sent, places,
		 "{\"ts\":180,\"dst\":\"a\",\"port\":2,\"column\":\"egress\",\"tx\":1}");
	/* Not what left, not whole. */
	add_sent(&sent, places,
		 "{\"ts\":180,\"dst\":\"a\",\"port\":1,\"column\":\"handoff\",\"tx\":1}");
	add_sent(
		&sent, places,
		"{\"ts\":180,\"dst\":\"a\",\"scope\":\"loopback\",\"column\":\"egress\",\"tx\":1}");
	add_sent(&sent, places, "{\"dst\":\"a\",\"column\":\"egress\",\"tx\":1}");
	report_sort_sent(&sent);
	assert_int_equal(sent.count, 3);
	expect_sent(&sent, 0, "a", 11, 60, 180);
	expect_sent(&sent, 1, "b", 9, 120, 120);
	expect_sent(&sent, 2, "a", 1, 180, 180);
	free_rows(&sent);
	json_object_put(places);
}

#define HOSTILE "\\\"><script src=//203.0.113.7>'\\u001b\\u202e&"

static const char hostile_alert[] =
	"{\"rule\":\"pair\",\"event\":\"close\",\"level\":\"" HOSTILE
	"\",\"alert.peak_level\":\"" HOSTILE "\",\"alert.id\":\"" HOSTILE
	"\",\"subject\":\"" HOSTILE "\",\"reason\":\"" HOSTILE "\",\"horizon\":\"" HOSTILE
	"\",\"horizon_s\":600,\"ts\":1777600800,\"score\":\"" HOSTILE
	"\",\"alert.first_ts\":1777600740,\"alert.last_ts\":1777600800,\"allowed\":5,\"observed\":9,"
	"\"process.name\":\"" HOSTILE "\",\"process.pid\":\"" HOSTILE "\",\"read_bytes\":5,"
	"\"process.command_line\":\"" HOSTILE "\",\"service.port\":\"" HOSTILE
	"\",\"network.transport\":\"" HOSTILE "\",\"evidence\":\"" HOSTILE
	"\",\"db.share_percent\":\"" HOSTILE "\",\"points." HOSTILE "\":\"" HOSTILE
	"\",\"egress.workload\":\"" HOSTILE "\",\"container.name\":\"" HOSTILE
	"\",\"database.session\":\"" HOSTILE "\"}";
static const char hostile_row[] =
	"{\"ts\":1777600740,\"last\":1777600740,\"tx\":5,\"dst\":\"" HOSTILE
	"\",\"port\":\"" HOSTILE "\",\"proto\":\"" HOSTILE "\",\"scope\":\"" HOSTILE
	"\",\"exe\":\"" HOSTILE "\",\"alert.id\":\"x\",\"event.action\":\"" HOSTILE
	"\",\"message\":\"" HOSTILE "\",\"user.id\":\"" HOSTILE "\",\"file.path\":\"" HOSTILE
	"\",\"column\":\"egress\","
	"\"allowed_bytes\":{\"" HOSTILE "\":1}}";

/* Only what is ours begins a tag. */
static void expect_tags(const char *page)
{
	assert_true(page_has_only_our_tags(page));
	assert_null(strstr(page, "<script"));
	assert_null(strchr(page, '\033'));
	assert_null(strstr(page, "\xe2\x80\xae"));
}

static void hostile_names_stay_text(void **state)
{
	struct json_object *alert = parse(hostile_alert), *row = parse(hostile_row);
	struct json_object *items[] = { alert }, *others[] = { row };
	struct rows events = { .item = items, .count = 1 };
	struct incident_report r = { .alert = alert,
				     .events = &events,
				     .sent = { .item = others, .count = 1 },
				     .baseline = { .item = others, .count = 1 },
				     .files = { .item = others, .count = 1 },
				     .audit = { .item = others, .count = 1 },
				     .until = INT64_MAX };
	struct page page = { .host = "<b>\"", .shown = 1, .found = 1, .since = 5 };
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(past_plan(alert, 1777600800, &r.past), 0);
	past_take(&r.past, row);
	past_finish(&r.past);
	report_incident(&out, &r);
	page_overview(&out, &page, items);
	assert_int_equal(out.error, 0);
	expect_tags(out.data);
	/* Every place that shows it: escaped. */
	assert_non_null(
		strstr(out.data, "<section id=\"&quot;&gt;&lt;script src=//203.0.113.7&gt;&#39;"));
	assert_non_null(strstr(out.data, "<dt>command line</dt><dd>&quot;&gt;&lt;script"));
	assert_non_null(strstr(out.data, "<svg viewBox"));
	buf_clear(&out);
	page_begin(&out, &page);
	assert_non_null(strstr(out.data, "<title>egressd: &lt;b&gt;&quot;</title>"));
	assert_non_null(strstr(out.data, "default-src 'none'"));
	past_free(&r.past);
	json_object_put(alert);
	json_object_put(row);
}

static void many_destinations_keep_their_sum(void **state)
{
	struct json_object *alert = parse("{\"egress.workload\":\"8b\"}");
	struct rows none = { 0 }, sent = { 0 };
	struct json_object *places = json_object_new_object();
	struct incident_report r = { .alert = alert,
				     .events = &none,
				     .past = { .has_series = true } };
	_cleanup_buf_ struct buf out = BUF_INIT;
	char line[128];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line),
			 "{\"ts\":60,\"dst\":\"d%d\",\"column\":\"egress\",\"tx\":1000000}", i);
		add_sent(&sent, places, line);
	}
	r.sent = sent;
	table_destinations(&out, &r);
	assert_non_null(strstr(out.data, "60 others</td><td class=\"n\">60 MB</td>"));
	assert_non_null(strstr(out.data, "together</td><td class=\"n\">100 MB</td>"));
	free_rows(&sent);
	json_object_put(places);
	json_object_put(alert);
}

static void charts_take_any_past(void **state)
{
	static const char *const alerts[] = {
		"{\"rule\":\"host\",\"ts\":1777600800,\"horizon_s\":10}",
		"{\"rule\":\"host\",\"ts\":1777600800,\"horizon_s\":2419200,\"allowed\":18446744073709551615}",
		"{\"rule\":\"fan\",\"egress.workload\":\"8\",\"horizon_s\":600,\"allowed\":20}",
		"{\"rule\":\"host\",\"ts\":1777600800,\"alert.first_ts\":1,\"horizon_s\":60,\"allowed\":1}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(alerts) * 2; i++) {
		struct json_object *alert = parse(alerts[i / 2]), *row;
		_cleanup_past_ struct past p = { 0 };
		_cleanup_buf_ struct buf out = BUF_INIT;

		assert_int_equal(past_plan(alert, 1777600800, &p), 0);
		row = json_object_new_object();
		json_object_object_add(row, "ts", json_object_new_int64(p.until - 1));
		json_object_object_add(row, "tx", json_object_new_uint64(i % 2 ? UINT64_MAX : 0));
		past_take(&p, row);
		past_finish(&p);
		chart_svg(&out, &p);
		expect_tags(out.data);
		assert_null(strstr(out.data, "nan"));
		assert_null(strstr(out.data, "inf"));
		assert_null(strstr(out.data, "=\"-"));
		json_object_put(row);
		json_object_put(alert);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_cannot_be_markup),
		cmocka_unit_test(destinations_are_summed),
		cmocka_unit_test(hostile_names_stay_text),
		cmocka_unit_test(many_destinations_keep_their_sum),
		cmocka_unit_test(charts_take_any_past),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
