import Columnar

/// Which step of one plan is which of a later one.
///
/// A name decides. Steps without one are known by what they do, where their rows come from and where they go: first by
/// everything before them, then by what they do and a table or topic that they share. What fits in two ways is not
/// matched: state that reached another step would be a wrong answer.
struct StepMatching {
    /// By step of the new plan.
    private(set) var oldOf: [Int?]
    /// By step of the old plan.
    private(set) var newOf: [Int?]
    private let old: PlanSignatures
    private let new: PlanSignatures

    init(_ oldPlan: PlanDescription, _ newPlan: PlanDescription) {
        old = PlanSignatures(oldPlan)
        new = PlanSignatures(newPlan)
        oldOf = newPlan.steps.map { _ in nil }
        newOf = oldPlan.steps.map { _ in nil }
        match { $0.name != nil && $0.name == $1.name }
        match { $0.kind == .read && $0.settings["topic"] == $1.settings["topic"] }
        match { $0.kind == .write && $0.sink?.name == $1.sink?.name && $0.sink?.kindName == $1.sink?.kindName }
        matchTwins()
        match { [old, new] in !$0.isEnd && old.isSame(.whole, $2, new, $3) }
        match { [old, new] in
            !$0.isEnd && old.isSame(.own, $2, new, $3) && !old.sinks[$2].isDisjoint(with: new.sinks[$3])
        }
        match { [old, new] in $0.kind == .time && old.topics[$2] == new.topics[$3] }
        match { [old, new] in !$0.isEnd && !old.sinks[$2].isDisjoint(with: new.sinks[$3]) }
    }

    private mutating func match(_ isSame: (StepDescription, StepDescription) -> Bool) {
        match { left, right, _, _ in isSame(left, right) }
    }

    /// Pairs the steps of one kind that satisfy a condition with each other and with no other that is left.
    private mutating func match(_ isSame: (StepDescription, StepDescription, Int, Int) -> Bool) {
        let pairs = newOf.indices.filter { newOf[$0] == nil }.flatMap { oldStep in
            oldOf.indices.filter { oldOf[$0] == nil }.compactMap { newStep -> (old: Int, new: Int)? in
                let (left, right) = (old.plan.steps[oldStep], new.plan.steps[newStep])
                guard left.kind == right.kind, left.name == nil || right.name == nil || left.name == right.name,
                    isSame(left, right, oldStep, newStep)
                else { return nil }
                return (oldStep, newStep)
            }
        }
        for pair in pairs
        where pairs.filter({ $0.old == pair.old }).count == 1 && pairs.filter({ $0.new == pair.new }).count == 1 {
            pairUp(pair.old, pair.new)
        }
    }

    /// Steps that do the same with the same rows have the same state: any of them may take that of any other. In order.
    private mutating func matchTwins() {
        for newStep in oldOf.indices where oldOf[newStep] == nil {
            let step = new.plan.steps[newStep]
            let twin = newOf.indices.first { oldStep in
                let candidate = old.plan.steps[oldStep]
                return newOf[oldStep] == nil && !step.isEnd && candidate.kind == step.kind
                    && (candidate.name == nil || step.name == nil) && old.isSame(.whole, oldStep, new, newStep)
                    && old.sinks[oldStep] == new.sinks[newStep]
            }
            if let twin { pairUp(twin, newStep) }
        }
    }

    private mutating func pairUp(_ oldStep: Int, _ newStep: Int) {
        newOf[oldStep] = newStep
        oldOf[newStep] = oldStep
    }
}

/// What the steps of a plan do, as numbers that are equal where that is: within one process.
private struct PlanSignatures {
    enum Extent { case own, whole }

    let plan: PlanDescription
    /// By step: what it does, whatever its columns are called.
    private var own: [Int] = []
    /// By step: that, and all that is before it.
    private var whole: [Int] = []
    /// By step: which rows it gives, whatever their columns are.
    private var rows: [Int] = []
    /// By step: the tables and topics that its rows end in.
    private(set) var sinks: [Set<String>]
    /// By step: the topics that its rows come from.
    let topics: [Set<String>]
    /// By step and column.
    private var columns: [[String: Int]] = []

    init(_ plan: PlanDescription) {
        self.plan = plan
        sinks = plan.sinks()
        topics = plan.sources().map { Set($0.compactMap { plan.steps[$0].settings["topic"] }) }
        for step in plan.steps { add(step) }
    }

    func isSame(_ extent: Extent, _ step: Int, _ other: PlanSignatures, _ otherStep: Int) -> Bool {
        switch extent {
        case .own: own[step] == other.own[otherStep]
        case .whole: whole[step] == other.whole[otherStep]
        }
    }

    private mutating func add(_ step: StepDescription) {
        var hasher = Hasher()
        hasher.combine(step.kind)
        hasher.combine(step.settings)
        for part in step.parts where ![.row, .left, .right, .reads].contains(part.role) {
            hasher.combine(part.role)
            hasher.combine(signature(part.meaning, of: step))
        }
        if let time = step.time { hasher.combine(signature(time, of: step)) }
        // A sink is what it is whatever it takes.
        if step.kind == .write { hasher.combine(step.sink) }
        columns.append([:])
        for (field, meaning) in zip(step.gives.fields, step.columns) {
            columns[columns.count - 1][field.name] = signature(meaning, of: step)
        }
        if step.kind == .select { hasher.combine(columns[columns.count - 1].values.sorted()) }
        own.append(hasher.finalize())
        var all = Hasher()
        all.combine(own[own.count - 1])
        for input in step.inputs { all.combine(rows[input]) }
        whole.append(all.finalize())
        // A select gives the rows that it takes: what is in them is told by the columns.
        rows.append(step.kind == .select ? rows[step.inputs[0]] : whole[whole.count - 1])
    }

    private func signature(_ meaning: StepDescription.Meaning, of step: StepDescription) -> Int {
        let sources = meaning.sources.map { source -> Int in
            if source.port >= 0 { return columns[step.inputs[source.port]][source.name] ?? 0 }
            return step.parts.first { $0.name == source.name }.map { signature($0.meaning, of: step) } ?? 0
        }
        // A column that goes through is what it was.
        if meaning.isColumn, let source = sources.first { return source }
        var hasher = Hasher()
        hasher.combine(meaning.text)
        hasher.combine(step.kind == .read ? step.settings["topic"] : nil)
        hasher.combine(sources)
        return hasher.finalize()
    }
}

extension StepDescription {
    /// Whether it is a source or a sink, which is what it is by its topic or table alone.
    fileprivate var isEnd: Bool { kind == .read || kind == .write }
}

extension StepDescription.Meaning {
    /// Whether it is one column as it stands.
    var isColumn: Bool { rule == .expression && text == "$0" && sources.count == 1 }
}

extension PlanDescription {
    /// By step: the tables and topics that its rows end in.
    func sinks() -> [Set<String>] {
        var sinks = steps.map { step in Set(step.sink.map { ["\($0.kindName) \($0.name)"] } ?? []) }
        for (number, step) in steps.enumerated().reversed() {
            for input in step.inputs { sinks[input].formUnion(sinks[number]) }
        }
        return sinks
    }

    /// By step: the source steps that its rows come from.
    func sources() -> [Set<Int>] {
        var sources: [Set<Int>] = []
        for (number, step) in steps.enumerated() {
            sources.append(step.inputs.reduce(into: step.inputs.isEmpty ? [number] : []) { $0.formUnion(sources[$1]) })
        }
        return sources
    }

    /// By step, what a topology's author calls it: its name or, without one, its kind and a table or topic that it leads
    /// to. The second of a kind on the way to it has a number.
    public func ids() -> [String] {
        let sinks = sinks()
        var taken: Set<String> = Set(steps.compactMap(\.name))
        return steps.enumerated().map { number, step in
            if let name = step.name { return name }
            let place = step.settings["topic"] ?? sinks[number].map { String($0.drop { $0 != " " }.dropFirst()) }.min()
            let id = "\(step.kind.rawValue)/\(place ?? "")"
            let free = (1...).lazy.map { $0 == 1 ? id : "\(id)/\($0)" }.first { !taken.contains($0) } ?? id
            taken.insert(free)
            return free
        }
    }
}
