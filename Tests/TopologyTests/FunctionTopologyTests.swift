import Dataflow
import Streams
import Testing
import TidemarkTesting

struct PageVisit: Schema {
    let at = Column<Timestamp>("at")
    let name = Column<String?>("name")
    let url = Column<String>("url")
    let body = Column<String>("body")
    let weight = Column<Double>("weight")
    let count = Column<Int64>("count")
    let other = Column<Int64?>("other")
}

struct VisitTexts: Schema {
    let capital = Column<String?>("capital")
    let trimmed = Column<String?>("trimmed")
    let padded = Column<String?>("padded")
    let edges = Column<String?>("edges")
    let cut = Column<String?>("cut")
    let over = Column<String?>("over")
    let swapped = Column<String?>("swapped")
    let twice = Column<String?>("twice")
    let before = Column<String?>("before")
    let joined = Column<String>("joined")
    let sizes = Column<Int32?>("sizes")
    let like = Column<Bool?>("like")
    let place = Column<Int32?>("place")
    let matched = Column<String?>("matched")
    let groups = Column<String?>("groups")
    let coded = Column<String?>("coded")
    let query = Column<String?>("query")
    let digest = Column<String>("digest")
    let hashes = Column<Int64?>("hashes")
    let json = Column<String?>("json")
    let valid = Column<Bool>("valid")
}

struct VisitNumbers: Schema {
    let rounded = Column<Double>("rounded")
    let whole = Column<Int64?>("whole")
    let bucket = Column<Int64?>("bucket")
    let number = Column<String>("number")
    let nan = Column<Bool>("nan")
    let bits = Column<Int64>("bits")
    let digits = Column<String?>("digits")
    let more = Column<Int64?>("more")
    let maths = Column<Double?>("maths")
    let choice = Column<Int64?>("choice")
    let same = Column<Bool>("same")
}

struct VisitTimes: Schema {
    let calendar = Column<Int32?>("calendar")
    let names = Column<String>("names")
    let local = Column<Timestamp>("local")
    let month = Column<Timestamp>("month")
    let days = Column<CalendarDate?>("days")
    let ends = Column<Int64?>("ends")
    let span = Column<Int64?>("span")
    let months = Column<Double>("months")
    let made = Column<Timestamp?>("made")
    let date = Column<CalendarDate?>("date")
    let from = Column<Timestamp?>("from")
    let text = Column<String>("text")
    let parsed = Column<Timestamp?>("parsed")
    let day = Column<CalendarDate?>("day")
}

struct VisitTextsTopology: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(PageVisit.self), invalid: .counted)
            .select(into: VisitTexts.self) { v, row in
                row.capital.set(to: v.name.capitalized())
                row.trimmed.set(to: v.name.leftTrimmed(of: "a").rightTrimmed(of: "e"))
                row.padded.set(to: v.name.leftPadded(to: 14, with: "*").rightPadded(to: v.count))
                row.edges.set(to: v.name.left(3).concat(v.name.right(3)))
                row.cut.set(to: v.name.substring(from: -4, length: 2))
                row.over.set(to: v.name.overlaid(with: "_", from: 4))
                row.swapped.set(to: v.name.replacing("ada", with: "b").translated(from: "lo", to: "01").reversed())
                row.twice.set(to: v.name.part(1, separatedBy: " ").repeated(2))
                row.before.set(to: v.name.part(before: -1, of: " "))
                row.joined.set(to: concat(separator: "-", v.name, v.url.urlPart(.host), "x"))
                let lengths = v.name.octetLength + v.name.length
                let others = v.name.codePoint + v.name.editDistance(to: "ada")
                row.sizes.set(to: lengths + others)
                row.like.set(to: v.name.isLike("ada%") && v.name.isLikeIgnoringCase("%LACE"))
                let first = v.name.position(of: "a", from: 2) * 100
                let match = v.name.matchPosition(of: "[lv]") * 10
                row.place.set(to: first + match + v.name.matchCount(of: "a"))
                row.matched.set(to: when(v.name.matches("^a"), then: v.name.firstMatch(of: "l.")).otherwise("none"))
                row.groups.set(to: v.name.replacingMatches(of: "(a)(d)", with: "$2$1").firstMatch(of: "(d.)", group: 1))
                row.coded.set(to: v.name.base64Encoded().base64Decoded().hexEncoded().hexDecoded().urlEncoded())
                row.query.set(to: v.url.urlQueryValue(of: "q").urlDecoded())
                row.digest.set(to: v.url.md5.left(4).concat(v.url.sha1.left(2)).concat(v.url.sha2().left(2)))
                row.hashes.set(to: xxhash64(v.name, v.count) + hash(v.url).cast(to: Int64.self) + v.url.crc32)
                row.json.set(
                    to: v.body.jsonValue(at: "$.a[1]").concat(v.body.jsonType).concat(
                        v.body.jsonValue(at: "$.a").jsonArrayLength.cast(to: String.self)))
                row.valid.set(to: v.body.isValidJSON)
            }
            .append(to: "silver.visits")
    }
}

struct VisitNumbersTopology: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(PageVisit.self), invalid: .counted)
            .select(into: VisitNumbers.self) { v, row in
                let nearest = v.weight.rounded(toDigits: 1) + v.weight.roundedHalfEven()
                row.rounded.set(to: nearest + (v.weight.truncated() + v.weight.sign))
                row.whole.set(to: v.weight.ceil() + v.weight.floor() + v.count.modulo(3))
                row.bucket.set(to: v.weight.widthBucket(from: 0, to: 10, buckets: 5))
                row.number.set(to: v.weight.formatted(digits: 2))
                row.nan.set(to: v.weight.ifNaN(0).isNaN)
                row.bits.set(to: v.count.bitAnd(6).bitOr(1).bitXor(2).bitNot().shiftedLeft(by: 2).shiftedRight(by: 1))
                row.digits.set(to: v.count.hexDigits().concat(v.count.binaryDigits()).concat(v.count.unicodeScalar))
                row.more.set(
                    to: v.count.factorial() + v.count.bitCount.cast(to: Int64.self)
                        + v.count.shiftedRightUnsigned(by: 1))
                let roots = sqrt(v.count) + power(v.count, 2)
                let logarithms = log(v.count, base: 2) + exp(v.count - 4)
                let plane = hypot(v.count, 3) + atan2(v.count - 4, 1)
                row.maths.set(to: roots + logarithms + plane)
                let extremes = greatest(v.count, 3) - least(v.count, v.other)
                let replaced = v.count.nullIf(4).coalesce(7) + v.other.ifPresent(1, otherwise: 2)
                row.choice.set(to: extremes + replaced)
                row.same.set(to: v.count.isSame(as: v.other) || v.count.isBetween(1, 4))
            }
            .append(to: "silver.visits")
    }
}

struct VisitTimesTopology: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "visits"), as: .json(PageVisit.self), invalid: .counted)
            .select(into: VisitTimes.self) { v, row in
                let parts = v.at.quarter + v.at.weekOfYear
                let years = v.at.yearOfWeek + v.at.dayOfYear
                row.calendar.set(to: parts + years + v.at.microsecond)
                row.names.set(to: v.at.dayName.concat(v.at.monthName))
                row.local.set(to: v.at.local(in: "Europe/Berlin").truncated(to: .hour))
                row.month.set(to: v.at.truncated(to: .month, in: "Europe/Berlin").utc(from: "UTC"))
                row.days.set(to: v.at.adding(days: 1).adding(months: 1).truncated(to: .month))
                row.ends.set(
                    to: v.at.days(since: v.at.lastDayOfMonth) + v.at.next(.monday).unixDays.cast(to: Int64.self))
                row.span.set(
                    to: v.at.whole(.hour, since: v.at.adding(-2, .day)) + v.at.unixSeconds - v.at.unixMilliseconds
                        / 1000)
                row.months.set(to: v.at.months(since: v.at.date))
                row.made.set(
                    to: makeTimestamp(year: 2026, month: 1, day: 1, hour: 0, minute: 0, second: 0.5, in: "+01:00"))
                row.date.set(to: makeDate(year: 2026, month: 1, day: v.count))
                row.from.set(to: v.count.timestampFromSeconds())
                row.text.set(to: v.at.formatted("d.M.yy HH:mm", in: "Asia/Tokyo"))
                row.parsed.set(to: v.at.formatted("yyyyMMdd").timestamp("yyyyMMdd", in: "Europe/Berlin"))
                row.day.set(to: v.at.cast(to: String.self).date())
            }
            .append(to: "silver.visits")
    }
}

/// The façade of the scalar functions: what each method stands for in the plan, and what it gives in a topology.
@Suite struct FunctionTopologyTests {
    static let visit =
        #"{"at":"2026-02-28T23:59:59.5Z","name":"ada lovelace","url":"https://a.de/p?q=1+2","#
        + #""body":"{\"a\":[1,\"x\"]}","weight":2.5,"count":4,"other":4}"#

    /// - Parameter expected: a column, its expression in the plan, and its value.
    private func check<T: Topology>(_ topology: T.Type, _ expected: [(String, String, String)]) throws {
        let plan = try T.makePlan().text
        for (name, text, _) in expected {
            #expect(plan.contains(" \(text) as \(name)"), "\(text) as \(name) in \(plan)")
        }
        let outcome = try HostileHarness(topology).run(TopologyInput([Self.visit], topic: "visits"))
        #expect(outcome.rows(of: "silver.visits") == [expected.map { "\($0.0)=\($0.2)" }.joined(separator: " ")])
    }

    @Test func texts() throws {
        try check(
            VisitTextsTopology.self,
            [
                ("capital", #"initcap(name)"#, #"Ada Lovelace"#),
                ("trimmed", #"rtrim(ltrim(name, 'a'), 'e')"#, #"da lovelac"#),
                ("padded", #"rpad(lpad(name, 14, '*'), count, ' ')"#, #"**ad"#),
                ("edges", #"concat(left(name, 3), right(name, 3))"#, #"adaace"#),
                ("cut", #"substring(name, -4, 2)"#, #"la"#),
                ("over", #"overlay(name, '_', 4, -1)"#, #"ada_lovelace"#),
                ("swapped", #"reverse(translate(replace(name, 'ada', 'b'), 'lo', '01'))"#, #"eca0ev10 b"#),
                ("twice", #"repeat(split_part(name, ' ', 1), 2)"#, #"adaada"#),
                ("before", #"substring_index(name, ' ', -1)"#, #"lovelace"#),
                ("joined", #"concat_ws('-', name, parse_url(url, 'HOST'), 'x')"#, #"ada lovelace-a.de-x"#),
                (
                    "sizes", #"((octet_length(name) + length(name)) + (ascii(name) + levenshtein(name, 'ada')))"#,
                    #"130"#
                ),
                ("like", #"(like(name, 'ada%') and ilike(name, '%LACE'))"#, #"true"#),
                (
                    "place",
                    #"(((locate('a', name, 2) * 100) + (regexp_instr(name, '[lv]') * 10)) + regexp_count(name, 'a'))"#,
                    #"353"#
                ),
                ("matched", #"case when rlike(name, '^a') then regexp_substr(name, 'l.') else 'none' end"#, #"lo"#),
                ("groups", #"regexp_extract(regexp_replace(name, '(a)(d)', '$2$1'), '(d.)', 1)"#, #"da"#),
                ("coded", #"url_encode(decode(unhex(hex(decode(unbase64(base64(name)))))))"#, #"ada+lovelace"#),
                ("query", #"url_decode(parse_url(url, 'QUERY', 'q'))"#, #"1 2"#),
                (
                    "digest", #"concat(concat(left(md5(url), 4), left(sha1(url), 2)), left(sha2(url, 256), 2))"#,
                    #"93ee0e9b"#
                ),
                (
                    "hashes", #"((xxhash64(name, count) + cast(hash(url) as bigint)) + crc32(url))"#,
                    #"6619121318770991063"#
                ),
                (
                    "json",
                    #"concat(concat(get_json_object(body, '$.a[1]'), json_typeof(body)), cast(json_array_length(get_json_object(body, '$.a')) as string))"#,
                    #"xobject2"#
                ),
                ("valid", #"is_valid_json(body)"#, #"true"#),
            ])
    }

    @Test func numbersAndChoices() throws {
        try check(
            VisitNumbersTopology.self,
            [
                (
                    "rounded", #"((round(weight, 1) + bround(weight, 0)) + (truncate(weight, 0) + sign(weight)))"#,
                    #"7.5"#
                ),
                ("whole", #"((ceil(weight) + floor(weight)) + pmod(count, 3))"#, #"6"#),
                ("bucket", #"width_bucket(weight, 0, 10, 5)"#, #"2"#),
                ("number", #"format_number(weight, 2)"#, #"2.50"#),
                ("nan", #"isnan(nanvl(weight, 0))"#, #"false"#),
                ("bits", #"shiftright(shiftleft(bitnot(bitxor(bitor(bitand(count, 6), 1), 2)), 2), 1)"#, #"-16"#),
                ("digits", #"concat(concat(hex(count), bin(count)), chr(count))"#, "4100\u{4}"),
                (
                    "more", #"((factorial(count) + cast(bit_count(count) as bigint)) + shiftrightunsigned(count, 1))"#,
                    #"27"#
                ),
                (
                    "maths",
                    #"(((sqrt(count) + power(count, 2)) + (log(2, count) + exp((count - 4)))) + (hypot(count, 3) + atan2((count - 4), 1)))"#,
                    #"26.0"#
                ),
                (
                    "choice",
                    #"((greatest(count, 3) - least(count, other)) + (coalesce(nullif(count, 4), 7) + nvl2(other, 1, 2)))"#,
                    #"8"#
                ),
                ("same", #"(equal_null(count, other) or ((count >= 1) and (count <= 4)))"#, #"true"#),
            ])
    }

    @Test func times() throws {
        try check(
            VisitTimesTopology.self,
            [
                (
                    "calendar",
                    #"(((quarter(at) + weekofyear(at)) + (yearofweek(at) + dayofyear(at))) + microsecond(at))"#,
                    #"502095"#
                ),
                ("names", #"concat(dayname(at), monthname(at))"#, #"SatFeb"#),
                ("local", #"date_trunc('hour', from_utc_timestamp(at, 'Europe/Berlin'))"#, #"1772323200000000"#),
                ("month", #"to_utc_timestamp(date_trunc('month', at, 'Europe/Berlin'), 'UTC')"#, #"1772319600000000"#),
                ("days", #"trunc(add_months(date_add(at, 1), 1), 'month')"#, #"20544"#),
                (
                    "ends", #"(datediff(at, last_day(at)) + cast(unix_date(next_day(at, 'monday')) as bigint))"#,
                    #"20514"#
                ),
                (
                    "span",
                    #"((timestampdiff('hour', timestampadd('day', -2, at), at) + unix_seconds(at)) - (unix_millis(at) / 1000))"#,
                    #"48"#
                ),
                ("months", #"months_between(at, to_date(at))"#, #"0.0"#),
                ("made", #"make_timestamp(2026, 1, 1, 0, 0, 0.5, '+01:00')"#, #"1767222000500000"#),
                ("date", #"make_date(2026, 1, count)"#, #"20457"#),
                ("from", #"timestamp_seconds(count)"#, #"4000000"#),
                ("text", #"date_format(at, 'd.M.yy HH:mm', 'Asia/Tokyo')"#, #"1.3.26 08:59"#),
                (
                    "parsed", #"to_timestamp(date_format(at, 'yyyyMMdd'), 'yyyyMMdd', 'Europe/Berlin')"#,
                    #"1772233200000000"#
                ),
                ("day", #"to_date(cast(at as string))"#, #"20512"#),
            ])
    }
}
