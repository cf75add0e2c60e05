extension FunctionFamily {
    static let timeText = FunctionFamily(
        "Times as text",
        "Patterns are those of Spark and Java: `yyyy` year, `MM` month (`MMM` Jan, `MMMM` January), `dd` day, `DDD` day of "
            + "the year, `HH` hour, `hh` hour of `a` (AM, PM), `mm` minute, `ss` second, `SSS` fraction, `E` Thu, `EEEE` "
            + "Thursday, `Q` quarter, `XXX` or `xxx` offset, `VV` zone, text in `'quotes'`. Other letters are refused when "
            + "the topology is planned. A text with an offset is the time that it says; the zone is for those without.",
        [.dateFormat, .toTimestamp, .toDate, .fromUnixTime, .unixTimestamp])
}

extension ScalarFunction {
    public static let dateFormat = ScalarFunction(
        "date_format",
        [.dateOrTimestamp("time"), .string("pattern").constant, .string("zone").constant.or(.string("UTC"))],
        gives: "string", "The time as text, by a pattern and the clocks of a zone.",
        [
            "date_format(timestamp '2016-04-08 13:10:15', 'yyyy-MM-dd HH:mm')": "'2016-04-08 13:10'",
            "date_format(date '2016-04-08', 'EEE, d MMM yyyy')": "'Fri, 8 Apr 2016'",
            "date_format(timestamp '2024-07-01 22:30:00', 'd.M. HH:mm XXX', 'Europe/Berlin')": "'2.7. 00:30 +02:00'",
        ]
    ) { arguments throws(FunctionRefusal) in
        let pattern = try TimePattern(arguments.text(1))
        let zone = try Zone(arguments, 2)
        let name = try arguments.text(2)
        let isDate = arguments.types[0] == .date
        guard !isDate || zone.isUTC else { throw FunctionRefusal("takes a zone only with a timestamp") }
        return BoundFunction(.string) { call in
            let times = FunctionCall([call.operands[0]], .string, count: call.count)
            if isDate {
                return times.write { (day: Int32, out: inout [UInt8]) in
                    pattern.append(day: Int64(day), rest: 0, offset: 0, zone: name, to: &out)
                }
            }
            return times.write { (time: Int64, out: inout [UInt8]) in
                let local = zone.local(time)
                return pattern.append(
                    day: local.floorDivided(by: .microsecondsPerDay),
                    rest: local.floorRemainder(by: .microsecondsPerDay),
                    offset: local &- time, zone: name, to: &out)
            }
        }
    }

    public static let toTimestamp = ScalarFunction(
        "to_timestamp",
        [.string("text"), .string("pattern").constant.or(.string("")), .string("zone").constant.or(.string("UTC"))],
        gives: "timestamp", nullWhen: "the text is no such time",
        "The time that a text writes: by a pattern, or in ISO 8601, where time, fraction and offset may be missing.",
        [
            "to_timestamp('2016-12-31 00:12:00')": "timestamp '2016-12-31 00:12:00'",
            "to_timestamp('31.12.2016 14:05', 'dd.MM.yyyy HH:mm')": "timestamp '2016-12-31 14:05:00'",
            "to_timestamp('2016-12-31', 'yyyy-MM-dd', 'Europe/Berlin')": "timestamp '2016-12-30 23:00:00'",
            "to_timestamp('soon')": "null",
        ]
    ) { arguments throws(FunctionRefusal) in
        let zone = try Zone(arguments, 2)
        let text = try arguments.text(1)
        let pattern = text.isEmpty ? nil : try TimePattern(text)
        return BoundFunction(.timestamp, canFail: true) { call in
            call.map { (text: Text) -> Int64? in
                (pattern.map { $0.parse(text) } ?? TimeFields(iso: text))?.time(zone)
            }
        }
    }

    public static let toDate = ScalarFunction(
        "to_date", [.any("value"), .string("pattern").constant.or(.string(""))], gives: "date",
        nullWhen: "a text is no such date",
        "The date (UTC) of a timestamp, or the one that a text writes: by a pattern, or in ISO 8601, where a time may follow.",
        [
            "to_date(timestamp '2009-07-30 04:17:52')": "date '2009-07-30'",
            "to_date('2016-12-31')": "date '2016-12-31'",
            "to_date('31/12/16', 'dd/MM/yy')": "date '2016-12-31'", "to_date('2016-02-30')": "null",
        ]
    ) { arguments throws(FunctionRefusal) in
        let text = try arguments.text(1)
        switch arguments.types[0] {
        case .date where text.isEmpty: return BoundFunction(.date) { $0.full(0) }
        case .timestamp where text.isEmpty:
            // The days of 64 bits of microseconds fit in 32 bits.
            return BoundFunction(.date) { call in
                call.map { (time: Int64) in Int32(time.floorDivided(by: .microsecondsPerDay)) }
            }
        case .string:
            let pattern = text.isEmpty ? nil : try TimePattern(text)
            return BoundFunction(.date, canFail: true) { call in
                call.map { (text: Text) -> Int32? in
                    (pattern.map { $0.parse(text) } ?? TimeFields(iso: text))?.day.flatMap(Int32.init(exactly:))
                }
            }
        case .date, .timestamp: throw FunctionRefusal("takes a pattern only with a string")
        default: throw FunctionRefusal("takes a string, a timestamp or a date, not \(arguments.types[0])")
        }
    }

    public static let fromUnixTime = ScalarFunction(
        "from_unixtime",
        [
            .bigint("seconds"), .string("pattern").constant.or(.string("yyyy-MM-dd HH:mm:ss")),
            .string("zone").constant.or(.string("UTC")),
        ], gives: "string", nullWhen: "the time is beyond the range of timestamps",
        "The time so many seconds after 1970 UTC as text, by a pattern and the clocks of a zone.",
        ["from_unixtime(0)": "'1970-01-01 00:00:00'", "from_unixtime(0, 'yyyy')": "'1970'"]
    ) { arguments throws(FunctionRefusal) in
        let pattern = try TimePattern(arguments.text(1))
        let zone = try Zone(arguments, 2)
        let name = try arguments.text(2)
        return BoundFunction(.string, canFail: true) { call in
            FunctionCall([call.operands[0]], .string, count: call.count).write { (seconds: Int64, out: inout [UInt8]) in
                let (time, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
                guard !overflow else { return false }
                let local = zone.local(time)
                return pattern.append(
                    day: local.floorDivided(by: .microsecondsPerDay),
                    rest: local.floorRemainder(by: .microsecondsPerDay),
                    offset: local &- time, zone: name, to: &out)
            }
        }
    }

    public static let unixTimestamp = ScalarFunction(
        "unix_timestamp",
        [
            .string("text"), .string("pattern").constant.or(.string("yyyy-MM-dd HH:mm:ss")),
            .string("zone").constant.or(.string("UTC")),
        ], gives: "bigint", nullWhen: "the text is no such time",
        "The seconds since 1970 UTC of the time that a text writes, by a pattern.",
        ["unix_timestamp('2016-04-08', 'yyyy-MM-dd')": "1460073600"]
    ) { arguments throws(FunctionRefusal) in
        let pattern = try TimePattern(arguments.text(1))
        let zone = try Zone(arguments, 2)
        return BoundFunction(.int64, canFail: true) { call in
            call.map { (text: Text) -> Int64? in
                pattern.parse(text)?.time(zone)?.floorDivided(by: 1_000_000)
            }
        }
    }
}
