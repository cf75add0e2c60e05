import Dataflow
import Streams
import Testing
import TidemarkTesting

struct Basket: Schema {
    let id = Column<Int64>("id")
    let at = Column<Timestamp>("at", timestamps: .epochSeconds)
    let buyer = Column<Buyer?>("buyer")
    let items = Column<[Item]?>("items")
    let codes = Column<[String?]>("codes")
    let stock = Column<[String: Int32]>("stock")
}

struct Buyer: Schema {
    let name = Column<String>("name")
    let homes = Column<[Home]>("homes")
}

struct Home: Schema {
    let city = Column<String>("city")
}

struct Item: Schema {
    let sku = Column<String>("sku")
    let quantity = Column<Int64>("quantity")
}

/// Quantities by sku and minute: event time goes through the explosion.
struct Sold: Schema {
    let sku = Column<String>("sku")
    let minute = Column<Timestamp>("minute")
    let quantity = Column<Int64?>("quantity")
    let baskets = Column<Int64>("baskets")
    let ids = Column<[Int64]>("ids")
}

struct BasketItem: Schema {
    let id = Column<Int64>("id")
    let sku = Column<String>("sku")
    let quantity = Column<Int64>("quantity")
}

struct SoldItems: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "baskets"), as: .json(Basket.self), invalid: .deadLetter(topic: "baskets.dlq"))
            .withWatermark(\.at, delay: .seconds(30))
            .filter { $0.id % 10 != 9 }
            .explode(\.items, into: BasketItem.self) { basket, item, row in
                row.id.set(to: basket.id)
                row.sku.set(to: item.sku)
                row.quantity.set(to: item.quantity)
            }
            .window(.tumbling(.minutes(1)))
            .groupBy(\.sku)
            .aggregate(into: Sold.self) { item, window, row in
                row.sku.set(to: item.sku)
                row.minute.set(to: window.start)
                row.quantity.set(to: .sum(item.quantity))
                row.baskets.set(to: .count)
                row.ids.set(to: .collect(item.id, limit: 1000))
            }
            .merge(into: "gold.sold", on: \.sku, \.minute)
    }
}

/// Everything that can be said of elements, keeping baskets that have none.
struct Part: Schema {
    let id = Column<Int64>("id")
    let position = Column<Int32?>("position")
    let code = Column<String?>("code")
    let city = Column<String?>("city")
    let next = Column<String?>("next")
    let known = Column<Int32?>("known")
    let items = Column<Int32?>("items")
}

struct BasketParts: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "baskets"), as: .json(Basket.self), invalid: .counted)
            .explode({ $0.codes }, keepingEmpty: true, into: Part.self) { basket, code, row in
                row.id.set(to: basket.id)
                row.position.set(to: code.position)
                row.code.set(to: code.value)
                row.city.set(to: basket.buyer.homes[1].city)
                row.next.set(to: basket.codes[code.position + 1])
                row.known.set(to: basket.stock[code.value])
                row.items.set(to: basket.items.count())
            }
            .append(to: "silver.parts")
    }
}

struct StockEntry: Schema {
    let id = Column<Int64>("id")
    let name = Column<String>("name")
    let left = Column<Int32>("left")
    let position = Column<Int32>("position")
}

struct StockEntries: Topology {
    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "baskets"), as: .json(Basket.self), invalid: .counted)
            .explode(\.stock, into: StockEntry.self) { basket, entry, row in
                row.id.set(to: basket.id)
                row.name.set(to: entry.key)
                row.left.set(to: entry.value)
                row.position.set(to: entry.position)
            }
            .append(to: "silver.stock")
    }
}

@Suite struct ExplodeTests {
    struct Record {
        var id: Int
        var second: Int
        var cities: [String]?
        var items: [(String, Int)]?
        var codes: [String?]
        var stock: [(String, Int)]

        var json: String {
            func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
            let buyer =
                cities.map { cities in
                    #"{"name":"x","homes":[\#(cities.map { #"{"city":"\#($0)"}"# }.joined(separator: ","))]}"#
                } ?? "null"
            let list =
                items.map { items in
                    "[\(items.map { #"{"sku":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ","))]"
                } ?? "null"
            return #"{"id":\#(id),"at":\#(second),"buyer":\#(buyer),"items":\#(list),"codes":"#
                + "[\(codes.map(quoted).joined(separator: ","))],"
                + #""stock":{\#(stock.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ","))}}"#
        }
    }

    static func records(_ count: Int, seed: UInt64) -> [Record] {
        var random = Mixer(state: seed)
        return (0..<count).map { index in
            func number(_ below: Int) -> Int { Int(random.next() % UInt64(below)) }
            return Record(
                id: index, second: index * 2 - (number(8) == 0 ? number(300) : number(20)),
                cities: number(4) == 0 ? nil : (0..<number(4)).map { _ in ["Oslo", "Graz"][number(2)] },
                items: number(5) == 0 ? nil : (0..<number(5)).map { _ in ("s\(number(3))", number(9) - 2) },
                codes: (0..<number(4)).map { _ in [nil, "a", "b", "c"][number(4)] },
                stock: ["a", "b", "c"].filter { _ in number(2) == 0 }.map { ($0, number(9)) })
        }
    }

    private struct Mixer {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func eventTimeAndCountsGoThrough(seed: UInt64) throws {
        let records = Self.records(400, seed: seed)
        var rows: [[Int]: (quantity: Int, ids: [Int])] = [:]
        var (late, processed, filtered) = (0, 0, 0)
        var lateRecords: Set<Int> = []
        var newest = Int.min / 2
        for record in records {
            // The watermark of its own partition, just before the record.
            let watermark = newest - 30
            newest = max(newest, record.second)
            guard record.id % 10 != 9 else {
                filtered += 1
                continue
            }
            let minute = Int((Double(record.second) / 60).rounded(.down)) * 60
            let items = record.items ?? []
            if items.isEmpty { filtered += 1 }
            for (sku, quantity) in items {
                if minute + 60 <= watermark {
                    late += 1
                    lateRecords.insert(record.id)
                    continue
                }
                processed += 1
                let key = [Int(sku.dropFirst()) ?? 0, minute]
                rows[key, default: (0, [])].quantity += quantity
                rows[key, default: (0, [])].ids.append(record.id)
            }
        }
        let expected = rows.map { key, sold in
            // In event time, then as they were read.
            let ids = sold.ids.sorted { (records[$0].second, $0) < (records[$1].second, $1) }
            return "sku=s\(key[0]) minute=\(key[1] * 1_000_000) quantity=\(sold.quantity) baskets=\(ids.count) "
                + "ids=[\(ids.map { "\($0)" }.joined(separator: ", "))]"
        }.sorted()
        let outcome = try HostileHarness(SoldItems.self).run(TopologyInput(records.map(\.json), topic: "baskets"))
        #expect(outcome.rows(of: "gold.sold") == expected)
        let counts = outcome.reconciliation
        #expect(
            [counts.read, counts.processed, counts.late, counts.filtered] == [400, processed, late, filtered])
        #expect(counts.added == processed + late + filtered - 400 && counts.isBalanced)
        // One letter for each record, however many of its rows were late.
        #expect(outcome.deadLetters.count == lateRecords.count && late > lateRecords.count && !lateRecords.isEmpty)
    }

    @Test func elementsPositionsAndRowsWithoutElements() throws {
        let records = Self.records(300, seed: 9)
        func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "null" }
        let expected = records.flatMap { record in
            let city = record.cities.flatMap { $0.count > 1 ? $0[1] : nil }
            let rest = "items=\(text(record.items?.count))"
            if record.codes.isEmpty {
                return ["id=\(record.id) position=null code=null city=\(text(city)) next=null known=null \(rest)"]
            }
            return record.codes.enumerated().map { index, code in
                let next = index + 1 < record.codes.count ? record.codes[index + 1] : nil
                let known = record.stock.first { $0.0 == code }?.1
                return "id=\(record.id) position=\(index) code=\(text(code)) city=\(text(city)) next=\(text(next)) "
                    + "known=\(text(known)) \(rest)"
            }
        }.sorted()
        let outcome = try HostileHarness(BasketParts.self).run(TopologyInput(records.map(\.json), topic: "baskets"))
        #expect(outcome.rows(of: "silver.parts") == expected)
        #expect(outcome.reconciliation.filtered == 0 && outcome.reconciliation.processed == expected.count)
    }

    @Test func entriesOfMaps() throws {
        let records = Self.records(100, seed: 4)
        let expected = records.flatMap { record in
            record.stock.enumerated().map { "id=\(record.id) name=\($1.0) left=\($1.1) position=\($0)" }
        }.sorted()
        let outcome = try HostileHarness(StockEntries.self).run(TopologyInput(records.map(\.json), topic: "baskets"))
        #expect(outcome.rows(of: "silver.stock") == expected)
    }

    @Test func thePlan() throws {
        let lines = try SoldItems.makePlan().text.split(separator: "\n").map(String.init)
        #expect(lines[4] == "  3: explode items: id, __element.sku as sku, __element.quantity as quantity <- 2")
        #expect(
            lines[1].contains(
                "buyer struct<name: string not null, homes: list<struct<city: string not null> not null> not null>"))
    }

    struct Wrong: Schema {
        let id = Column<Int64>("id")
        let sku = Column<String>("sku")
        let city = Column<String>("city")
    }

    struct NullsIntoColumns: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "baskets"), as: .json(Basket.self), invalid: .counted)
                .explode(\.items, keepingEmpty: true, into: Wrong.self) { basket, item, row in
                    row.id.set(to: basket.id)
                    row.sku.set(to: item.sku)
                    row.city.set(to: basket.buyer.name)
                }
                .append(to: "silver.wrong")
        }
    }

    struct Moved: Schema {
        let inner = Column<MovedPart>("inner")
    }

    struct MovedPart: Schema {
        let zip = Column<String>("zip", path: ["address", "zip"])
    }

    struct PathsWithin: Topology {
        func build(_ topology: TopologyBuilder) {
            topology.read(.kafka(topic: "t"), as: .json(Moved.self), invalid: .counted).append(to: "a.b")
        }
    }

    @Test func mistakesAreSaid() {
        #expect(
            throws: PlanError(
                """
                column 'sku' is never null by its declaration, but __element.sku can be: make the column optional, or \
                say what stands for null with coalesce
                column 'city' is never null by its declaration, but buyer.name can be: make the column optional, or say \
                what stands for null with coalesce
                """)
        ) { try NullsIntoColumns.makePlan() }
        #expect(
            throws: PlanError(
                "column 'zip' of MovedPart has a path, but stands in the nested column 'inner' of Moved: only columns of "
                    + "a record itself can have one")
        ) { try PathsWithin.makePlan() }
    }
}
