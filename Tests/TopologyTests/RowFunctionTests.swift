import Dataflow
import Streams
import Testing
import TidemarkTesting

/// Swift functions over rows, in every way that must not matter.
@Suite struct RowFunctionTests {
    struct Line: Schema {
        let id = Column<Int64>("id")
        let at = Column<Timestamp>("at", timestamps: .epochSeconds)
        let text = Column<String?>("text")
        let price = Column<Decimal>("price", precision: 9, scale: 2)
        let flag = Column<Bool?>("flag")
        let ratio = Column<Double?>("ratio")
        let small = Column<Int32>("small")
    }

    struct Mapped: Schema {
        let id = Column<Int>("id")
        let text = Column<String>("text")
        let price = Column<Decimal>("price", precision: 5, scale: 1)
        let flag = Column<Bool?>("flag")
        let ratio = Column<Double?>("ratio")
        let small = Column<Int32>("small")
        let day = Column<CalendarDate>("day")
        let unset = Column<String?>("unset")
    }

    struct Mapping: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "lines"), as: .json(Line.self), invalid: .deadLetter(topic: "dead"))
                .map("mapping", into: Mapped.self) { line, row in
                    guard let text = line.text else { throw RowFailure("has no text") }
                    if text == "secret" { throw Unexpected(value: text) }
                    row.id = Int(line.id)
                    if text != "unset" { row.text = text + "!" }
                    row.price = line.price
                    row.flag = line.flag.map { !$0 }
                    row.ratio = line.ratio
                    row.small = line.small
                    row.day = CalendarDate(days: Int32(line.at.microseconds / 86_400_000_000))
                }
                .append(to: "t.mapped")
        }
    }

    struct Unexpected: Error { let value: String }

    static func line(
        _ id: Int, at: Int = 0, _ text: String?, price: String = "1.00", flag: String = "null", ratio: String = "null"
    ) -> String {
        let text = text.map { "\"\($0)\"" } ?? "null"
        return
            #"{"id":\#(id),"at":\#(at),"text":\#(text),"price":"\#(price)","flag":\#(flag),"ratio":\#(ratio),"small":7}"#
    }

    @Test func aRowOfEachRow() throws {
        let lines = [
            Self.line(1, "a", price: "-0.25", flag: "true", ratio: "0.5"), Self.line(2, nil), Self.line(3, "secret"),
            Self.line(4, at: 200_000, "ä 😀 longer than fifteen bytes", price: "9999.94", flag: "false"),
            Self.line(5, "b", price: "9999.95"), Self.line(6, "unset"), "{",
        ]
        let outcome = try HostileHarness(Mapping.self).run(TopologyInput(lines, topic: "lines"))
        #expect(
            outcome.rows(of: "t.mapped") == [
                "id=1 text=a! price=-3e-1 flag=false ratio=0.5 small=7 day=0 unset=null",
                "id=4 text=ä 😀 longer than fifteen bytes! price=99999e-1 flag=true ratio=null small=7 day=2 unset=null",
            ])
        let counts = outcome.reconciliation
        #expect([counts.read, counts.processed, counts.malformed] == [7, 2, 5])
        #expect(
            outcome.deadLetters.filter { !$0.contains("malformed") } == [
                "step 0 0-1 function_failed - - map 'mapping': has no text",
                "step 0 0-2 function_failed - - map 'mapping': threw Unexpected",
                "step 0 0-4 function_failed - - map 'mapping': gave a value for 'price' that decimal(5,1) cannot hold",
                "step 0 0-5 function_failed - - map 'mapping': did not set 'text', which is never null",
            ])
    }

    struct Word: Schema {
        let line = Column<Int64>("line")
        let word = Column<String>("word")
    }

    struct WordCount: Schema {
        let word = Column<String>("word")
        let start = Column<Timestamp>("start")
        let count = Column<Int64>("count")
    }

    struct WordCounts: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "lines"), as: .json(Line.self), invalid: .deadLetter(topic: "dead"))
                .withWatermark(\.at, delay: .seconds(10))
                .flatMap("words", into: Word.self) { line, emit in
                    for word in (line.text ?? "").split(separator: " ") {
                        emit { row in
                            row.line = line.id
                            row.word = String(word)
                        }
                        if word == "stop" { throw RowFailure("has a stop in it") }
                    }
                }
                .filter { $0.word != "the" }
                .window(.tumbling(.minutes(1)))
                .groupBy(\.word)
                .aggregate(into: WordCount.self) { word, window, row in
                    row.word.set(to: word.word)
                    row.start.set(to: window.start)
                    row.count.set(to: .count)
                }
                .merge(into: "t.words", on: \.word, \.start)
        }
    }

    /// Words of lines in two partitions; lines may be late, empty, or fail in the middle.
    @Test func anyNumberOfRowsOfEachRow() throws {
        let words = ["the", "sea", "a", "stop", "boat", "longer-than-fifteen-bytes"]
        var input = TopologyInput()
        var expected: [String: Int] = [:]
        var counts = Reconciliation()
        var largest: [Int32: Int] = [:]
        for id in 0..<150 {
            let partition = Int32(id / 10 % 2)
            let at = id * 3 - (id % 7 == 3 ? (id * 31) % 90 : 0)
            let text = (0..<(id * 7) % 5).map { words[(id + $0 * $0) % (id % 9 == 0 ? 6 : 3)] }
            input.feed([Self.line(id, at: at, text.joined(separator: " "))], topic: "lines", partition: partition)
            let watermark = largest[partition].map { $0 - 10 } ?? .min
            largest[partition] = max(largest[partition] ?? .min, at)
            counts.read += 1
            if text.contains("stop") {
                counts.malformed += 1
                continue
            }
            if text.isEmpty { counts.filtered += 1 } else { counts.added += text.count - 1 }
            for word in text {
                let start = at - (at % 60 + 60) % 60
                if word == "the" {
                    counts.filtered += 1
                } else if start + 60 <= watermark {
                    counts.late += 1
                } else {
                    counts.processed += 1
                    expected["word=\(word) start=\(start * 1_000_000)", default: 0] += 1
                }
            }
        }
        input.endInput()
        let outcome = try HostileHarness(WordCounts.self).run(input)
        #expect(outcome.rows(of: "t.words") == expected.map { "\($0.key) count=\($0.value)" }.sorted())
        #expect(outcome.reconciliation == counts)
        #expect(counts.late > 0 && counts.malformed > 0 && counts.added > 0 && counts.filtered > 0 && counts.isBalanced)
    }

    @Test func theNameStandsInThePlan() throws {
        let text = try WordCounts.makePlan().text
        #expect(text.contains("2: flat map 'words' -> line bigint not null, word string not null <- 1"))
    }

    struct Nameless: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "lines"), as: .json(Line.self), invalid: .counted)
                .map("", into: Word.self) { _, _ in }
                .append(to: "t.words")
        }
    }

    @Test func aFunctionNeedsAName() {
        #expect(throws: PlanError("map(_:into:) has no name: give one, which stands in the plan for the function")) {
            try Nameless.makePlan()
        }
    }
}
