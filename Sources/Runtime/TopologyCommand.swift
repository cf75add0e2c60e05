import ArgumentParser
import Columnar
import Dataflow
import Foundation
import Streams

/// The command line of a topology binary.
public struct TopologyCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "topology",
        abstract: "Runs this topology.",
        subcommands: [Run.self, Explain.self, Validate.self])

    /// The plan of the topology whose binary this is.
    @TaskLocal static var plan: LogicalPlan?

    public init() {}

    /// Builds the topology, then runs the command that the arguments name.
    public static func main(_ topology: any Topology.Type) {
        do {
            let plan = try topology.makePlan()
            $plan.withValue(plan) { main() }
        } catch {
            fail(error)
        }
    }

    static func currentPlan() throws -> LogicalPlan {
        guard let plan else { throw RuntimeError("no topology is given to the command line") }
        return plan
    }

    /// Prints the error as one sentence and exits with 1.
    public static func fail(_ error: any Error) -> Never {
        FileHandle.standardError.write(Data("error: \(error)\n".utf8))
        _exit(1)
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the topics, writes the tables, exactly once.",
            discussion: """
                Examples:
                  run --brokers localhost:9092
                  run --brokers localhost:9092 --until-end --json
                  run --brokers broker:9093 --kafka security.protocol=SASL_SSL --threads 2
                """)
        @OptionGroup var options: RunOptions

        func run() throws {
            do {
                let settings = try options.settings()
                StopRequest.install()
                let runner = TopologyRunner(plan: try currentPlan(), settings: settings, clock: SystemClock())
                let summary = try runner.run { StopRequest.isMade }
                print(summary.text(json: settings.json))
            } catch {
                fail(error)
            }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the plan: steps, schemas, state.")

        func run() throws {
            do { print(try currentPlan().text) } catch { fail(error) }
        }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks contract, plan, tables and brokers without reading a record.")
        @OptionGroup var options: RunOptions

        func run() throws {
            do {
                try TopologyRunner(plan: try currentPlan(), settings: options.settings(), clock: SystemClock()).validate()
                print("ok: \(try currentPlan().name) can run")
            } catch {
                fail(error)
            }
        }
    }
}

/// The flags of `run` and `validate`.
public struct RunOptions: ParsableArguments {
    @Option(help: "Kafka brokers, host:port with commas [$TIDEMARK_KAFKA_BROKERS].") public var brokers: String?
    @Option(help: "Consumer group; the topology's name by default [$TIDEMARK_GROUP].") var group: String?
    @Option(help: "Directory of the tables [$TIDEMARK_WAREHOUSE, warehouse].") var warehouse: String?
    @Option(help: "Directory of the state [$TIDEMARK_STATE, state].") var state: String?
    @Option(help: "Worker threads, 1 to 128 [$TIDEMARK_THREADS, 1].") var threads: Int?
    @Option(help: "Milliseconds between commits.") var epochMs = 1_000
    @Flag(help: "Process what is there, close the open windows, commit, exit.") var untilEnd = false
    @Flag(help: "Forget the state and start at the beginning of the topics.") var resetState = false
    @Flag(help: "Print the reconciliation as JSON at exit.") var json = false
    @Option(name: .customLong("kafka"), help: "A librdkafka property, NAME=VALUE; may be repeated.")
    public var properties: [String] = []

    public init() {}

    public func settings() throws -> RunSettings {
        let environment = ProcessInfo.processInfo.environment
        var settings = RunSettings()
        settings.brokers = brokers ?? environment["TIDEMARK_KAFKA_BROKERS"] ?? ""
        settings.group = group ?? environment["TIDEMARK_GROUP"]
        settings.warehouse = warehouse ?? environment["TIDEMARK_WAREHOUSE"] ?? settings.warehouse
        settings.state = state ?? environment["TIDEMARK_STATE"] ?? settings.state
        settings.threads = try threads ?? environment["TIDEMARK_THREADS"].map(Self.threadCount) ?? settings.threads
        settings.epochMilliseconds = epochMs
        settings.untilEnd = untilEnd
        settings.resetState = resetState
        settings.json = json
        settings.kafkaProperties = RunSettings.kafkaProperties(environment)
        for property in properties {
            guard let separator = property.firstIndex(of: "=") else {
                throw RuntimeError("--kafka takes NAME=VALUE; this one has no '='")
            }
            settings.kafkaProperties[String(property[..<separator])] = String(property[property.index(after: separator)...])
        }
        return settings
    }

    private static func threadCount(_ text: String) throws -> Int {
        guard let count = Int(text) else { throw RuntimeError("TIDEMARK_THREADS is not a number") }
        return count
    }
}
