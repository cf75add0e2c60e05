/// Whether columns of two plans mean the same: computed in the same way from the same fields of the same topics, whatever
/// they are called and whatever filters lie between. State that was made of a column takes rows with another one that
/// means the same, and no other.
struct MeaningComparison {
    private typealias Meaning = StepDescription.Meaning

    private let old: PlanDescription
    private let new: PlanDescription
    /// By step of the old plan.
    private let newOf: [Int?]
    private let oldSources: [Set<Int>]
    /// Steps of the new plan that go on with their state; what else gives values of its state means something new.
    var kept: Set<Int> = []
    private var known: [Pair: Bool] = [:]

    private struct Pair: Hashable {
        var old: Place
        var new: Place
    }

    /// A column that a step gives, or one of its parts.
    private struct Place: Hashable {
        var step: Int
        var meaning: StepDescription.Meaning
    }

    init(_ old: PlanDescription, _ new: PlanDescription, newOf: [Int?]) {
        self.old = old
        self.new = new
        self.newOf = newOf
        oldSources = old.sources()
    }

    /// Whether a meaning of an old step is that of a new step.
    mutating func isSame(
        _ oldMeaning: StepDescription.Meaning, of oldStep: Int, _ newMeaning: StepDescription.Meaning, of newStep: Int
    ) -> Bool {
        let pair = Pair(
            old: Self.origin(old, Place(step: oldStep, meaning: oldMeaning)),
            new: Self.origin(new, Place(step: newStep, meaning: newMeaning)))
        if let answer = known[pair] { return answer }
        let answer = compare(pair.old, pair.new)
        known[pair] = answer
        return answer
    }

    /// Whether event time, as rows come to a step, is the same.
    mutating func isSameTime(at oldStep: Int, _ newStep: Int) -> Bool {
        areSame(Self.times(old, oldStep).map { [$0] }, Self.times(new, newStep).map { [$0] })
    }

    /// Whether what a row is, as rows come to a step, is the same: a record, an element of one's list, a result.
    mutating func areSameRows(at oldStep: Int, _ newStep: Int, port: Int) -> Bool {
        areSame(
            Self.rows(old, old.steps[oldStep].inputs[port]), Self.rows(new, new.steps[newStep].inputs[port]))
    }

    /// Whether a value of a new step is a field of a record that no contract of the old plan asked for, and that may be
    /// absent: rows that were read before have none.
    func isNewField(_ meaning: StepDescription.Meaning, of newStep: Int) -> Bool {
        let place = Self.origin(new, Place(step: newStep, meaning: meaning))
        let source = new.steps[place.step]
        guard source.kind == .read, let index = source.columns.firstIndex(of: place.meaning),
            source.gives.fields[index].isNullable, let oldStep = newOf.firstIndex(of: place.step)
        else { return false }
        func path(_ meaning: StepDescription.Meaning) -> Substring { meaning.text.prefix { $0 != " " } }
        return !old.steps[oldStep].columns.contains { path($0) == path(place.meaning) }
    }

    /// Forgets what followed from a step that was to go on with its state and cannot.
    mutating func drop(_ newStep: Int) {
        kept.remove(newStep)
        known = [:]
    }

    private mutating func compare(_ left: Place, _ right: Place) -> Bool {
        if left.meaning.rule == .union || right.meaning.rule == .union {
            return areSame(Self.members(old, left).map { [$0] }, Self.members(new, right).map { [$0] })
        }
        let steps = (old.steps[left.step], new.steps[right.step])
        let (meaning, other) = (left.meaning, right.meaning)
        guard meaning.rule == other.rule, meaning.text == other.text, (steps.0.kind == .read) == (steps.1.kind == .read)
        else { return false }
        if steps.0.kind == .read { return newOf[left.step] == right.step }
        switch meaning.rule {
        case .code:
            // Code finds its columns by their names. It has not read those that one of the plans does not have.
            return meaning.sources.allSatisfy { source in
                guard other.sources.contains(source) else { return true }
                return isSame(source, of: left.step, source, of: right.step)
            }
        case .state:
            guard newOf[left.step] == right.step, kept.contains(right.step) else { return false }
        case .expression, .union: break
        }
        return meaning.sources.count == other.sources.count
            && zip(meaning.sources, other.sources).allSatisfy { isSame($0, of: left.step, $1, of: right.step) }
    }

    private mutating func isSame(
        _ source: StepDescription.Meaning.Reference, of oldStep: Int, _ other: StepDescription.Meaning.Reference,
        of newStep: Int
    ) -> Bool {
        guard let left = Self.place(old, oldStep, source), let right = Self.place(new, newStep, other) else {
            return false
        }
        return isSame(left.meaning, of: left.step, right.meaning, of: right.step)
    }

    /// What comes on several ways, through unions: whether one of them is the same, and all others of the old plan are, or
    /// are read no more.
    private mutating func areSame(_ ways: [[Place]], _ others: [[Place]]) -> Bool {
        if ways.isEmpty, others.isEmpty { return true }
        var isAny = false
        for way in ways {
            var isFound = false
            for other in others where !isFound && way.count == other.count {
                isFound = zip(way, other).allSatisfy { isSame($0.meaning, of: $0.step, $1.meaning, of: $1.step) }
            }
            if isFound {
                isAny = true
            } else if !way.allSatisfy({ oldSources[$0.step].allSatisfy { newOf[$0] == nil } }) {
                return false
            }
        }
        return isAny
    }
}

extension MeaningComparison {
    private static func place(
        _ plan: PlanDescription, _ step: Int, _ source: StepDescription.Meaning.Reference
    ) -> Place? {
        let description = plan.steps[step]
        guard source.port >= 0 else {
            return description.parts.first { $0.name == source.name && $0.meaning.rule != .code }
                .map { Place(step: step, meaning: $0.meaning) }
        }
        guard description.inputs.indices.contains(source.port) else { return nil }
        let input = description.inputs[source.port]
        guard let index = plan.steps[input].gives.index(of: source.name) else { return nil }
        return Place(step: input, meaning: plan.steps[input].columns[index])
    }

    /// Where a value comes from that goes through steps as it is.
    private static func origin(_ plan: PlanDescription, _ place: Place) -> Place {
        var place = place
        while place.meaning.isColumn, let next = Self.place(plan, place.step, place.meaning.sources[0]) { place = next }
        return place
    }

    private static func members(_ plan: PlanDescription, _ place: Place) -> [Place] {
        guard place.meaning.rule == .union else { return [place] }
        return place.meaning.sources.compactMap { Self.place(plan, place.step, $0) }
            .flatMap { members(plan, origin(plan, $0)) }
    }

    /// What event time is where rows come to a step: several behind a union.
    private static func times(_ plan: PlanDescription, _ step: Int) -> [Place] {
        plan.steps[step].inputs.flatMap { input -> [Place] in
            guard let time = plan.steps[input].time else { return times(plan, input) }
            return [Place(step: input, meaning: time)]
        }
    }

    /// What makes the rows that a step gives, from the last step that does: one list for each way through unions.
    private static func rows(_ plan: PlanDescription, _ number: Int) -> [[Place]] {
        let step = plan.steps[number]
        func after(_ meaning: StepDescription.Meaning) -> [[Place]] {
            rows(plan, step.inputs[0]).map { [Place(step: number, meaning: meaning)] + $0 }
        }
        switch step.kind {
        case .read: return [[Place(step: number, meaning: .fixed("record"))]]
        case .aggregate, .process, .join: return [[Place(step: number, meaning: .state("result"))]]
        case .explode: return after(step.parts[0].meaning)
        case .map where step.settings["rows"] != "one": return after(.fixed(step.settings["function"] ?? ""))
        case .time, .filter, .select, .map, .enrich, .dropDuplicates, .keepLast, .top, .union, .write:
            return step.inputs.flatMap { rows(plan, $0) }
        }
    }
}
