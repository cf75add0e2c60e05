import ArgumentParser
import Columnar
import Dataflow
import Foundation
import Streams

/// The command line of a topology binary.
public struct TopologyCommand: ParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: program,
            abstract: "Reads its topics, computes in event time, writes its tables exactly once.",
            discussion: """
                Examples:
                  \(program) run --brokers localhost:9092
                  \(program) run --brokers localhost:9092 --until-end --json
                  \(program) explain
                  \(program) validate --brokers localhost:9092 --warehouse /data/tables
                """,
            subcommands: [Run.self, Explain.self, Validate.self] + further)
    }

    /// The name of this binary.
    public static let program =
        CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "topology"

    /// Commands besides those of the runtime.
    @TaskLocal static var further: [any ParsableCommand.Type] = []

    /// The plan of the topology whose binary this is.
    @TaskLocal static var plan: LogicalPlan?

    public init() {}

    /// Builds the topology, then runs the command that the arguments name.
    /// - Parameters:
    ///   - arguments: without the program's name; those of the process by default.
    ///   - commands: more than those of the runtime.
    public static func main(
        _ topology: any Topology.Type, arguments: [String]? = nil, commands: [any ParsableCommand.Type] = []
    ) {
        do {
            let plan = try topology.makePlan()
            $plan.withValue(plan) { $further.withValue(commands) { mainHidingSecrets(arguments) } }
        } catch {
            fail(error)
        }
    }

    public static func currentPlan() throws -> LogicalPlan {
        guard let plan else { throw RuntimeError("no topology is given to the command line") }
        return plan
    }

    /// Prints the error, a sentence a line, and exits with 1.
    public static func fail(_ error: any Error) -> Never {
        StandardError.write("error: \(error)\n")
        Foundation.exit(1)
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the topics, writes the tables, exactly once.",
            discussion: """
                The first SIGINT or SIGTERM ends the epoch and exits with 0, a second one exits at once; nothing is lost \
                either way.

                Examples:
                  \(program) run --brokers localhost:9092
                  \(program) run --brokers localhost:9092 --until-end --json
                  \(program) run --config settings.json --kafka sasl.password=@/run/secrets/kafka
                """)
        @OptionGroup var options: RunOptions
        @Flag(help: "Process what is there, close the open windows, commit, exit.") var untilEnd = false
        @Flag(help: "Forget the state and start at the beginning of the topics.") var resetState = false
        @Flag(help: "Print the reconciliation as JSON at exit.") var json = false
        @OptionGroup var upgrade: UpgradeOptions

        func run() throws {
            do {
                var settings = try options.settings()
                settings.upgrade = upgrade.consent
                settings.untilEnd = untilEnd
                settings.resetState = resetState
                settings.json = json
                StopRequest.install()
                let runner = TopologyRunner(plan: try currentPlan(), settings: settings, clock: SystemClock())
                let summary = try runner.run(shouldStop: { StopRequest.isMade }) { line in
                    let since = ProcessAge.milliseconds.map { " (ready \($0) ms after the start)" } ?? ""
                    StandardError.write("\(line)\(since)\n")
                }
                try StandardOutput.line(summary.text(json: settings.json))
                try summary.requireBalance()
            } catch {
                fail(error)
            }
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the plan: steps, the columns that each gives, state and sharding.",
            discussion: """
                It needs neither brokers nor tables. With --why it says instead how far event time has come and what \
                holds it: of the process that runs, else of the newest checkpoint. With --upgrade it says what would \
                become of the state that is there: what goes on, what begins empty, what is refused, with the choices.

                Examples:
                  \(program) explain
                  \(program) explain --why
                  \(program) explain --why --state /data/state/\(program) --json
                  \(program) explain --upgrade
                """)
        @Flag(help: "Say which partition holds event time back, and why.") var why = false
        @Flag(help: "Say what this plan would make of the state that is there.") var upgrade = false
        @OptionGroup var consent: UpgradeOptions
        @Option(help: "Directory of this topology's state [$TIDEMARK_STATE, state/<topology>].") var state: String?
        @Option(help: "A JSON file of settings.") var config: String?
        @Flag(help: "With --why: as JSON.") var json = false

        func run() throws {
            do {
                let plan = try currentPlan()
                if upgrade { return try StandardOutput.line(upgradeText(plan)) }
                try StandardOutput.line(why ? reasons(plan) : PlanExplanation(plan).text)
            } catch { fail(error) }
        }

        private func settings() throws -> RunSettings {
            try RunSettings(
                flags: state.map { ["state": $0] } ?? [:], environment: ProcessInfo.processInfo.environment,
                file: config)
        }

        private func upgradeText(_ plan: LogicalPlan) throws -> String {
            var settings = try settings()
            settings.upgrade = consent.consent
            let path = settings.state ?? "state/\(plan.name)"
            let runner = TopologyRunner(plan: plan, settings: settings, clock: SystemClock())
            guard let (epoch, upgrade) = try runner.upgrade() else {
                return "\(plan.name): there is no state in \(path); it would begin with the first records"
            }
            let line = "\(plan.name): the state of epoch \(epoch) in \(path) goes on"
            return ([line + (upgrade.isChange ? " with a changed plan" : "")] + upgrade.notes.map { "- \($0)" })
                .joined(separator: "\n")
        }

        private func reasons(_ plan: LogicalPlan) throws -> String {
            let settings = try settings()
            let now = SystemClock().now()
            let status = try StallExplanation(plan, state: settings.state ?? "state/\(plan.name)", at: now).status
            return json ? status.json : status.text(at: now)
        }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks contract, plan, tables and brokers without reading a record.",
            discussion: """
                Example:
                  \(program) validate --brokers localhost:9092 --warehouse /data/tables
                """)
        @OptionGroup var options: RunOptions
        @OptionGroup var upgrade: UpgradeOptions

        func run() throws {
            do {
                var settings = try options.settings()
                settings.upgrade = upgrade.consent
                let notes = try TopologyRunner(plan: try currentPlan(), settings: settings, clock: SystemClock())
                    .validate()
                for note in notes { try StandardOutput.line("upgrade: \(note)") }
                try StandardOutput.line("ok: \(try currentPlan().name) can run")
            } catch {
                fail(error)
            }
        }
    }
}

/// How long this process lives.
enum ProcessAge {
    /// ms since the kernel started it, to the nearest 10; nil where /proc does not say.
    static var milliseconds: Int? {
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
            let seconds = uptime.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        // The command's name stands in brackets and may hold spaces; the start is the 20th field after it (proc(5)).
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return Int(((seconds - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))) * 1000).rounded())
    }
}
