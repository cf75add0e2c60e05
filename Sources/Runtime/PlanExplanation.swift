import Dataflow
import Formats

/// A plan for people: what `explain` prints.
struct PlanExplanation {
    let text: String

    /// - Throws: what makes the plan impossible to run.
    init(_ plan: LogicalPlan) throws {
        let execution = try Execution(plan, decoders: PlanBinder.decoders(plan))
        let ids = execution.description.ids()
        var lines: [String] = []
        for (number, line) in plan.text.split(separator: "\n").enumerated() {
            lines.append(String(line))
            guard number > 0 else { continue }
            let step = plan.steps[number - 1]
            switch step.kind {
            case .read, .select, .explode, .map, .enrich, .aggregate, .top, .process, .join:
                lines.append("       gives \(execution.schemas[number - 1])")
            case .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .dropDuplicates, .keepLast, .union,
                .write:
                break
            }
            guard step.isStateful else { continue }
            lines.append("       rows go to the thread that owns their key (128 key groups)")
            lines.append("       its state is that of \(ids[number - 1]), also when other steps come and go")
        }
        text = lines.joined(separator: "\n")
    }
}
