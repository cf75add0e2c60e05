import Columnar
import Testing

/// What is wrong with a call is said when it is bound, before the first record.
@Suite struct FunctionRefusalTests {
    static let schema = RecordSchema([
        Field("s", .string), Field("n", .int64), Field("t", .timestamp), Field("d", .date), Field("b", .bool),
        Field("l", .list(.int64, containsNull: false)), Field("m", .decimal(precision: 9, scale: 2)),
    ])

    static let refused: [(String, String)] = [
        ("length(n)", "length takes a string or binary, not bigint, in length(n)"),
        ("length()", "length(value) does not take 0 arguments, in length()"),
        ("substring(s)", "substring(text, start, [length]) does not take 1 argument, in substring(s)"),
        ("pi(n)", "pi() does not take 1 argument, in pi(n)"),
        ("concat(s, n)", "concat takes a string, not bigint, in concat(s, n)"),
        ("rlike(s, s)", "pattern of rlike must be a literal, in rlike(s, s)"),
        (
            "rlike(s, '(a')",
            "rlike has a wrong pattern: missing closing parenthesis, at its byte 2, in rlike(s, '(a')"
        ),
        (
            "regexp_extract(s, 'a', 1)",
            "regexp_extract asks for group 1 of a pattern that has 0, in regexp_extract(s, 'a', 1)"
        ),
        (
            "regexp_replace(s, 'a', '$1')",
            "regexp_replace asks for group 1 of a pattern that has 0, in regexp_replace(s, 'a', '$1')"
        ),
        ("like(s, 'a\\')", "like takes no pattern that ends with \\, in like(s, 'a\\')"),
        (
            "parse_url(s, 'PORT')",
            "parse_url knows the parts PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, FILE, QUERY, REF, not 'PORT', in parse_url(s, 'PORT')"
        ),
        ("round(s, 1)", "round takes a number, not string, in round(s, 1)"),
        ("pmod(s, s)", "pmod takes numbers, not string, in pmod(s, s)"),
        ("greatest(s, n)", "greatest meets string and bigint in greatest(s, n): cast one of them"),
        ("bitand(m, n)", "bitand takes integers, not decimal(21,2), in bitand(m, n)"),
        ("sha2(s, 100)", "sha2 gives 224, 256, 384 or 512 bits, not 100, in sha2(s, 100)"),
        (
            "date_trunc('eon', t)",
            "date_trunc knows the units microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, not 'eon', in date_trunc('eon', t)"
        ),
        ("trunc(d, 'hour')", "trunc takes year, quarter, month, week or day, in trunc(d, 'hour')"),
        ("year(d, 'Europe/Berlin')", "year takes a zone only with a timestamp, in year(d, 'Europe/Berlin')"),
        ("hour(d)", "hour takes a timestamp, not date, in hour(d)"),
        ("next_day(d, 'never')", "next_day knows no weekday 'never', in next_day(d, 'never')"),
        (
            "date_format(t, 'yyyy-QQQ')",
            "date_format has a pattern with 'QQQ', which is not supported, in date_format(t, 'yyyy-QQQ')"
        ),
        (
            "date_format(t, 'yyyy ''x')",
            "date_format has a pattern with a quote that does not end, in date_format(t, 'yyyy ''x')"
        ),
        (
            "get_json_object(s, 'a.b')",
            "get_json_object takes a path such as $.a.b[0], not 'a.b', in get_json_object(s, 'a.b')"
        ),
        ("size(s)", "size takes a list or a map, not string, in size(s)"),
        ("array_contains(l, s)", "array_contains takes a value of bigint, not string, in array_contains(l, s)"),
        ("flatten(l)", "flatten takes a list of lists, in flatten(l)"),
    ]

    @Test(arguments: refused.indices) func isSaid(index: Int) throws {
        let (call, message) = Self.refused[index]
        let expression = try SQLExpression.parse(call)
        do {
            _ = try expression.bound(to: Self.schema)
            Issue.record("\(call) is accepted")
        } catch { #expect(error.description == message) }
    }

    @Test func anUnknownZoneIsNamed() throws {
        let expression = try SQLExpression.parse("hour(t, 'Europe/Atlantis')")
        do {
            _ = try expression.bound(to: Self.schema)
            Issue.record("accepted")
        } catch {
            #expect(
                error.description.hasPrefix(
                    "hour cannot go by the clocks: the time zone 'Europe/Atlantis' is not known"))
        }
    }

    /// Calls of literals are literals, so that nothing is computed for a row.
    @Test func literalsAreWorkedOutAtBinding() throws {
        let bound = try SQLExpression.parse("upper(concat('a', 'b'))").bound(to: Self.schema)
        #expect(!bound.isNullable && "\(bound)".contains("AB"))
    }

    @Test func columnsOfACall() throws {
        #expect(try SQLExpression.parse("concat(s, cast(n as string), 'x')").columns == ["s", "n"])
    }
}
