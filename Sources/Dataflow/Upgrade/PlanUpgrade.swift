import Columnar

/// What becomes of a checkpoint's state under the plan of a later version of its topology: which step goes on with whose
/// state, what begins empty, what is given up; or why the state cannot be used, and what there is to choose from. It
/// decides and does nothing: `validate` and `explain` show what `run` would do.
///
/// The rule: every row is processed by the plan that was there when it was read, and state goes on only where it holds
/// what the new plan would have put there for the same rows. What waits in state and has no place in the new plan is not
/// given up in silence, and a step that would give results of a part of their rows does not begin in silence.
public struct PlanUpgrade: Sendable {
    /// What somebody agreed to lose, by the ids of steps.
    public struct Consent: Hashable, Sendable {
        /// Steps whose state may be given up.
        public var droppedState: Set<String>
        /// New steps that may begin without the rows that were read so far.
        public var emptyBegins: Set<String>

        public init(droppedState: Set<String> = [], emptyBegins: Set<String> = []) {
            self.droppedState = droppedState
            self.emptyBegins = emptyBegins
        }
    }

    /// Why the state cannot be used.
    public struct Problem: Hashable, Sendable {
        /// What changed, old → new.
        public var text: String
        /// A flag by which it may be done all the same, with what it costs.
        public var choice: String?
    }

    /// Whether the plan is another than the checkpoint's.
    public let isChange: Bool
    /// What is different from now on, a sentence each.
    public internal(set) var notes: [String] = []
    public internal(set) var problems: [Problem] = []
    /// What the steps of the new plan are called in state and by sinks, see `LogicalPlan.number(of:)`.
    public private(set) var numbers: [Int: Int] = [:]
    public private(set) var nextNumber: Int
    let old: PlanDescription
    let new: PlanDescription
    let matching: StepMatching
    let consent: Consent
    /// By step of the old plan: the rows that its state has.
    private let held: [Int: Int]
    /// Steps of the old plan a part of whose state is in files, or being given.
    private let inFiles: Set<Int>
    /// By step of the new plan that goes on with state.
    private(set) var migrations: [Int: StateMigration] = [:]
    /// What somebody calls the steps.
    let oldIDs: [String]
    let newIDs: [String]

    /// - Parameters:
    ///   - held: by step of the old plan, the rows of its state: what has none loses nothing.
    ///   - inFiles: steps of the old plan a part of whose state is in files.
    public init(
        from old: PlanDescription, to new: PlanDescription, held: [Int: Int], inFiles: Set<Int> = [],
        consent: Consent = Consent()
    ) {
        (self.old, self.new, self.held, self.inFiles, self.consent) = (old, new, held, inFiles, consent)
        (oldIDs, newIDs) = (old.ids(), new.ids())
        matching = StepMatching(old, new)
        nextNumber = old.nextNumber
        isChange = !old.isSame(as: new)
        assignNumbers()
        var meanings = MeaningComparison(old, new, newOf: matching.newOf)
        compareSources()
        compareState(&meanings)
        compareSinks(&meanings)
        compareOthers()
    }

    /// Sources and sinks keep what they are called; new ones get what none was ever called.
    private mutating func assignNumbers() {
        for (step, description) in new.steps.enumerated() where [.read, .write].contains(description.kind) {
            if let former = matching.oldOf[step] {
                numbers[step] = old.steps[former].number
            } else {
                numbers[step] = nextNumber
                nextNumber += 1
            }
        }
        let isTooMany = new.steps.indices.contains {
            new.steps[$0].kind == .read && (numbers[$0] ?? 0) >= PlanPartition.stepLimit
        }
        if isTooMany { problems.append(Problem(text: "sources came and went too often for this state")) }
    }
}

extension PlanUpgrade {
    private mutating func compareState(_ meanings: inout MeaningComparison) {
        let sources = new.sources()
        for (step, description) in new.steps.enumerated() {
            guard let former = matching.oldOf[step] else {
                let isWhole = sources[step].allSatisfy { matching.oldOf[$0] == nil }
                if description.isStateful { begin(step, isWhole: isWhole) }
                continue
            }
            switch description.kind {
            case .time:
                if let was = old.steps[former].time, let time = description.time,
                    meanings.isSame(was, of: former, time, of: step)
                {
                    migrations[step] = StateMigration()
                }
            case .enrich:
                if old.steps[former].settings["table"] == description.settings["table"] {
                    migrations[step] = StateMigration()
                }
            case _ where description.isStateful: goOn(step, former, &meanings)
            default: break
            }
        }
        for (step, description) in old.steps.enumerated()
        where matching.newOf[step] == nil && description.isStateful { end(step) }
    }

    private mutating func goOn(_ step: Int, _ former: Int, _ meanings: inout MeaningComparison) {
        meanings.kept.insert(step)
        let comparison = StateComparison(
            old, former, new, step, isInFiles: inFiles.contains(former), &meanings)
        if comparison.differences.isEmpty {
            migrations[step] = comparison.migration
            for note in comparison.notes { notes.append("\(title(step)): \(note)") }
            return
        }
        meanings.drop(step)
        let change = comparison.differences.joined(separator: "; ")
        let ids = [oldIDs[former], newIDs[step]]
        if !consent.droppedState.isDisjoint(with: ids) {
            return notes.append("\(title(step)) gives up \(heldText(former)) and begins empty: \(change)")
        }
        problems.append(
            Problem(
                text: "\(title(step)) cannot go on with its state: \(change)",
                choice: "--drop-state \(ids[1]) gives up \(heldText(former)): the step begins with the rows from now on"
            ))
    }

    /// A step that was not there.
    private mutating func begin(_ step: Int, isWhole: Bool) {
        let description = new.steps[step]
        if isWhole { return notes.append("\(title(step)) is new, and so is all that it reads") }
        switch description.kind {
        case .dropDuplicates, .keepLast:
            notes.append("\(title(step)) is new: it does not know the rows that were read so far")
        case _ where consent.emptyBegins.contains(newIDs[step]):
            notes.append("\(title(step)) is new and begins with the rows from now on: its first results are of a part")
        default:
            problems.append(
                Problem(
                    text: "\(title(step)) is new, and has not seen the rows that were read so far: its first results "
                        + "would be of a part of their rows",
                    choice: "--begin-empty \(newIDs[step]) has it begin with the rows from now on"))
        }
    }

    /// A step that is no more.
    private mutating func end(_ step: Int) {
        let description = old.steps[step]
        let forgetsOnly = description.kind == .dropDuplicates || description.settings["gives"] == "updates"
        if forgetsOnly || held[step] ?? 0 == 0 {
            return notes.append("\(formerTitle(step)) is gone, and its state with it")
        }
        if consent.droppedState.contains(oldIDs[step]) {
            return notes.append("\(formerTitle(step)) is gone; given up: \(heldText(step))")
        }
        problems.append(
            Problem(
                text: "\(formerTitle(step)) is gone, and its state holds \(heldText(step)), which would never be given",
                choice: "--drop-state \(oldIDs[step]) gives them up"))
    }

    private func heldText(_ step: Int) -> String {
        if inFiles.contains(step) { return "what is in memory and in files" }
        let count = held[step] ?? 0
        let ending = count == 1 ? "" : "s"
        switch old.steps[step].kind {
        case .aggregate:
            let isGlobal = old.steps[step].settings["window"] == WindowSpecification.Kind.global.text
            return "\(count) group\(ending)\(isGlobal ? "" : " of open windows")"
        case .process: return "\(count) key\(ending) and timers"
        case .dropDuplicates: return "\(count) key\(ending)"
        default: return "\(count) row\(ending)"
        }
    }
}

extension PlanUpgrade {
    /// Steps without state: rows from now on are what they make of them.
    private mutating func compareOthers() {
        let kinds: Set<StepDescription.Kind> = [.time, .filter, .select, .map, .enrich, .explode]
        for (step, description) in new.steps.enumerated() where kinds.contains(description.kind) {
            guard let former = matching.oldOf[step] else {
                notes.append("\(title(step)) is new: it is for rows from now on")
                continue
            }
            let was = old.steps[former]
            if was.title != description.title {
                notes.append("\(title(step)) was '\(was.title)': the new one is for rows from now on")
            }
        }
        for (step, description) in old.steps.enumerated()
        where matching.newOf[step] == nil && kinds.contains(description.kind) {
            notes.append("\(formerTitle(step)) is gone: rows from now on pass without it")
        }
        if isChange, !keepsCounts { notes.append("counts begin anew") }
    }

    /// Whether steps are those that they were, so that what they counted still adds up.
    var keepsCounts: Bool {
        guard old.steps.count == new.steps.count else { return false }
        return new.steps.indices.allSatisfy { step in
            guard let former = matching.oldOf[step] else { return false }
            return old.steps[former].inputs == new.steps[step].inputs.map { matching.oldOf[$0] ?? -1 }
        }
    }

    /// Why the state cannot be used, a line for each change and each choice, and what else has changed; nil when it can.
    public var refusal: String? {
        if problems.isEmpty { return nil }
        let refused = problems.map { "- \($0.text)\($0.choice.map { "\n    \($0)" } ?? "")" }
        return (refused + notes.map { "- besides: \($0)" }).joined(separator: "\n")
    }

    private func title(_ step: Int) -> String { "step \(step) '\(new.steps[step].title)' (\(newIDs[step]))" }

    private func formerTitle(_ step: Int) -> String {
        "former step \(step) '\(old.steps[step].title)' (\(oldIDs[step]))"
    }
}

extension PlanDescription {
    /// Whether the plans differ in nothing but what steps are numbered.
    fileprivate func isSame(as other: PlanDescription) -> Bool {
        func unnumbered(_ step: StepDescription) -> StepDescription {
            var step = step
            step.number = 0
            return step
        }
        return steps.map(unnumbered) == other.steps.map(unnumbered)
    }
}

extension StepDescription {
    /// The step for messages: what it does, without what it gives and keeps.
    var title: String {
        let ends = [": ", " -> ", " [state"].compactMap { text.firstRange(of: $0)?.lowerBound }
        return ends.min().map { String(text[..<$0]) } ?? text
    }
}
