import Foundation
import TestSupport
import Testing

/// What the compiler says of topologies with a step or a name that is wrong: the sentence that the façade has for it.
@Suite struct CompileErrorTests {
    private static let mistakes = [
        ("orders.filter { $0.amonut > 0 }.append(to: \"a.b\")", "'Row<Order>' has no dynamic member 'amonut'"),
        ("orders.dropDuplicates(by: \\.idd)", "value of type 'Order' has no member 'idd'"),
        ("orders.withWatermark(\\.customer, delay: .seconds(1))", "Column<String>"),
        ("orders.window(.tumbling(.days(1)))", "windows need event time: call withWatermark(_:delay:) first"),
        (
            "orders.dropDuplicates(by: \\.id)",
            "deduplication needs event time: call withWatermark(_:delay:) first"
        ),
        (
            "orders.groupBy(\\.customer)",
            "grouping needs a window: call withWatermark(_:delay:), then window(_:) first"
        ),
        ("timed.groupBy(\\.customer)", "grouping needs a window: call window(_:) first"),
        ("timed.withProcessingTime()", "event time is said once: this stream has it already"),
        (
            "timed.window(.tumbling(.days(1))).merge(into: \"a.b\", on: \\.id)",
            "windows are written as results: call groupBy(_:) and aggregate(into:) first"
        ),
        ("timed.filter { $0.customer == 3 }.append(to: \"a.b\")", "cannot convert value of type 'Int'"),
    ]

    /// The folders of the system libraries' module maps, which the modules of the project name.
    private static var systemModules: [URL] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders = try? FileManager.default.contentsOfDirectory(
            at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
        return (folders ?? []).filter {
            FileManager.default.fileExists(atPath: $0.appending(path: "module.modulemap").path)
        }
    }

    @Test func mistakesAreNamed() throws {
        let directory = try TemporaryDirectory()
        var source = """
            import Streams
            struct Order: Schema {
                let id = Column<Int64>("id")
                let customer = Column<String>("customer")
                let placedAt = Column<Timestamp>("placed_at")
                let amount = Column<Decimal>("amount", precision: 12, scale: 2)
            }
            func read(_ topology: TopologyBuilder) -> Stream<Order> {
                topology.read(.kafka(topic: "orders"), as: .json(Order.self), invalid: .counted)
            }

            """
        // The compiler names the line of each; a mistake a line.
        let first = source.split(separator: "\n", omittingEmptySubsequences: false).count
        for (index, (line, _)) in Self.mistakes.enumerated() {
            let stream = line.hasPrefix("timed") ? "timed" : "orders"
            let value = stream == "timed" ? "read(t).withWatermark(\\.placedAt, delay: .hours(1))" : "read(t)"
            source += "func mistake\(index)(_ t: TopologyBuilder) { let \(stream) = \(value); \(line) }\n"
        }
        let file = directory.path + "/Mistakes.swift"
        try Data(source.utf8).write(to: URL(fileURLWithPath: file))
        let modules = [Program.directory.appending(path: "Modules")] + Self.systemModules
        let arguments =
            ["swiftc", "-typecheck", "-swift-version", "6", "-parse-as-library"]
            + modules.flatMap { ["-I", $0.path] } + [file]
        let errors = try Program.run("/usr/bin/env", arguments).errors.split(separator: "\n")
        for (index, (line, message)) in Self.mistakes.enumerated() {
            let place = "Mistakes.swift:\(first + index):"
            let said = errors.filter { $0.contains(place) && $0.contains(" error: ") }
            #expect(said.contains { $0.contains(message) }, "\(line): \(said)")
        }
    }
}
