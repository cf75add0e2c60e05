import Columnar

extension PlanDescription {
    /// Describes a plan.
    /// - Parameter schemas: what each step gives, as its `Execution` knows it.
    public init(_ plan: LogicalPlan, schemas: [RecordSchema]) {
        // An execution has refused a plan without them.
        let changelogs = (try? plan.changelogs()) ?? plan.steps.map { _ in false }
        let steps = plan.steps.enumerated().map { number, step in
            var description = StepDescription(
                step, number: plan.number(of: number), gives: schemas[number], inputs: step.inputs.map { schemas[$0] })
            if [.top, .write].contains(description.kind), step.inputs.contains(where: { changelogs[$0] }) {
                description.settings["takes"] = StepDescription.changelog
            }
            return description
        }
        self.init(steps: steps, nextNumber: plan.nextNumber ?? plan.steps.count)
    }
}

extension StepDescription {
    fileprivate init(_ step: PlanStep, number: Int, gives: RecordSchema, inputs: [RecordSchema]) {
        // Columns of the first input go through, unless the step says otherwise.
        self.init(
            kind: .union, name: step.name, text: step.kind.text, inputs: step.inputs, number: number, gives: gives,
            columns: gives.fields.map { Meaning(column: $0.name) }, parts: [], settings: [:])
        switch step.kind {
        case .read(let source): describe(source)
        case .withWatermark(let column, let delay):
            describeTime(Meaning(column: column), delay: delay)
        case .withIngestionTime(let delay): describeTime(.fixed("ingestion time"), delay: delay)
        case .withProcessingTime: describeTime(.fixed("processing time"), delay: 0)
        case .filter(let condition):
            kind = .filter
            parts = [Part(role: .condition, name: "", meaning: Meaning(condition))]
        case .select(let projections):
            kind = .select
            columns = projections.map { Meaning($0.expression) }
        case .map(let map): describe(map, inputs[0])
        case .enrich(let enrichment): describe(enrichment)
        case .explode(let explosion): describe(explosion)
        case .dropDuplicates(let keys):
            kind = .dropDuplicates
            parts = Part.columns(keys, .key)
        case .keepLast(let rows):
            kind = .keepLast
            parts = Part.columns(rows.keys, .key)
            parts += Part.columns(rows.givesUpdates ? rows.keys : inputs[0].fields.map(\.name), .row)
            settings["gives"] = rows.givesUpdates ? "updates" : "final rows"
        case .aggregate(let aggregation): describe(aggregation)
        case .top(let ranking): describe(ranking, inputs[0])
        case .process(let process): describe(process, inputs[0])
        case .union:
            columns = gives.fields.map { field in
                Meaning(
                    rule: .union, text: "union",
                    sources: inputs.indices.map { Meaning.Reference(port: $0, name: field.name) })
            }
        case .join(let join): describe(join, inputs)
        case .write(let sink):
            kind = .write
            self.sink = sink
        }
    }

    private mutating func describe(_ source: SourceDescription) {
        kind = .read
        columns = source.contract.columns.map { column in
            let nested = column.nestedTimestampFormats.sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .map { " \($0.key.joined(separator: ".")) \($0.value.rawValue)" }.joined()
            let isTime = column.field.type == .timestamp
            return .fixed(
                "\(column.path.joined(separator: ".")) \(column.field.type)"
                    + "\(isTime ? " \(column.timestampFormat.rawValue)" : "")\(nested)")
        }
        settings["topic"] = source.topic
        settings["format"] = source.contract.format.rawValue
        settings["contract"] = source.contract.name
        settings["dead letters"] = source.deadLetterTopic
        settings["duplicates"] = source.deadLettersDuplicates ? "to the dead letters" : nil
    }

    private mutating func describeTime(_ meaning: Meaning, delay: Int64) {
        kind = .time
        time = meaning
        settings["delay"] = "\(delay)"
    }

    private mutating func describe(_ map: RowTransform, _ input: RecordSchema) {
        kind = .map
        settings["function"] = map.name
        settings["rows"] = map.isFlat ? "any number" : "one"
        columns = map.output.fields.map { .code("'\(map.name)' \($0.name) \($0.type)", reading: input) }
    }

    private mutating func describe(_ enrichment: Enrichment) {
        kind = .enrich
        let isOfTable = { (name: String) in name.hasPrefix(Enrichment.tablePrefix) }
        let pairs = enrichment.keys.map { "\($0.value) = \($0.column)" }.joined(separator: ", ")
        settings["table"] = "\(enrichment.table.text) on \(pairs)"
        settings["rows without a match"] = enrichment.keepsUnmatched ? "kept" : "left out"
        columns = enrichment.outputs.map { output in
            guard output.expression.columns.contains(where: isOfTable) else { return Meaning(output.expression) }
            let template = ExpressionTemplate([output.expression] + enrichment.keys.map(\.value), isOwn: isOfTable)
            let names = enrichment.keys.map(\.column).joined(separator: ", ")
            return Meaning(
                rule: .expression, text: "\(template.text) = \(names) of \(enrichment.table.name)",
                sources: template.columns.map { Meaning.Reference(port: 0, name: $0) })
        }
    }

    private mutating func describe(_ explosion: Explosion) {
        kind = .explode
        let own: Set = [Explosion.element, Explosion.position, Explosion.key]
        settings["empty lists"] = explosion.keepsEmpty ? "kept" : "left out"
        parts = [Part(role: .condition, name: "list", meaning: Meaning(explosion.list))]
        columns = explosion.outputs.map { output in
            if output.expression.columns.isDisjoint(with: own) { return Meaning(output.expression) }
            let template = ExpressionTemplate([output.expression, explosion.list], isOwn: own.contains)
            return Meaning(
                rule: .expression, text: "explode \(template.text)",
                sources: template.columns.map { Meaning.Reference(port: 0, name: $0) })
        }
    }
}

extension StepDescription {
    fileprivate mutating func describe(_ aggregation: WindowedAggregation) {
        kind = .aggregate
        describe(aggregation.window)
        parts = aggregation.keys.map { Part(role: .key, name: $0.name, meaning: Meaning($0.expression)) }
        parts += aggregation.aggregates.map { aggregate in
            let template = ExpressionTemplate(aggregate.arguments)
            let text = aggregate.function.text(aggregate.arguments.isEmpty ? [] : [template.text])
            return Part(
                role: .aggregate, name: aggregate.name,
                meaning: Meaning(
                    rule: .state, text: text,
                    sources: template.columns.map { Meaning.Reference(port: 0, name: $0) }))
        }
        let known = Set(parts.map(\.name))
        columns = aggregation.outputs.map { Meaning($0.expression, port: -1) { !known.contains($0) } }
        if aggregation.window.kind != .global { time = .state("end of the window") }
    }

    fileprivate mutating func describe(_ window: WindowSpecification) {
        settings["window"] = window.kind.text
        settings["offset"] = "\(window.offset)"
        settings["allowed lateness"] = "\(window.allowedLateness)"
        settings["emission"] = window.emission.text
        settings["time to live"] = window.timeToLive.map { "\($0.microseconds)" }
        settings["rows of forgotten keys"] = window.timeToLive.map { $0.deletesRows ? "deleted" : "kept" }
    }

    fileprivate mutating func describe(_ ranking: Ranking, _ input: RecordSchema) {
        kind = .top
        describe(ranking.window)
        settings["limit"] = "\(ranking.limit)"
        parts = Part.columns(ranking.keys, .key) + Part.columns(ranking.identity, .identity)
        parts += ranking.order.enumerated().map { index, order in
            Part(
                role: .order, name: "\(index)",
                meaning: Meaning(order.expression).appending(" \(order.direction.rawValue)"))
        }
        parts += Part.columns(input.fields.map(\.name), .row)
        columns = ranking.outputs.map { Meaning($0.expression) { input.index(of: $0) == nil } }
        if ranking.window.kind != .global { time = .state("end of the window") }
    }

    fileprivate mutating func describe(_ process: KeyedProcess, _ input: RecordSchema) {
        kind = .process
        settings["function"] = process.name
        settings["parameters"] = process.parameters.joined(separator: ", ")
        settings["late rows"] = process.takesLateRows ? "taken" : "dropped"
        parts = Part.columns(process.keys, .key)
        parts += process.state.fields.map {
            Part(role: .field, name: $0.name, meaning: .fixed("\($0.name) \($0.type)"))
        }
        parts.append(Part(role: .reads, name: "", meaning: .code("rows", reading: input)))
        columns = process.output.fields.map { .state("'\(process.name)' \($0.name) \($0.type)") }
        time = .state("time of '\(process.name)'")
    }

    fileprivate mutating func describe(_ join: JoinSpecification, _ inputs: [RecordSchema]) {
        kind = .join
        settings["join"] = join.kind.rawValue
        switch join.match {
        case .window(let window): describe(window)
        case .interval: settings["rows"] = join.match.text
        case .version: settings["rows"] = "right as of left"
        }
        parts = join.keys.map { key in
            let (left, right) = (Meaning(key.left, port: 0), Meaning(key.right, port: 1))
            return Part(
                role: .key, name: "\(key.left) = \(key.right)",
                meaning: Meaning(
                    rule: .expression, text: "\(left.text) = \(right.text)",
                    sources: [left, right].flatMap(\.sources).map(\.withoutSide)))
        }
        if let condition = join.condition {
            parts.append(Part(role: .condition, name: "", meaning: Meaning(ofBothSides: condition)))
        }
        if case .version(let deletion?) = join.match {
            parts.append(Part(role: .deletion, name: "", meaning: Meaning(deletion, port: 1)))
        }
        let used = (join.outputs.map(\.expression) + [join.condition].compactMap { $0 })
            .reduce(into: Set<String>()) { $0.formUnion($1.columns) }
        let sides: [(Part.Role, String)] = [
            (.left, JoinSpecification.leftPrefix), (.right, JoinSpecification.rightPrefix),
        ]
        for (port, (role, prefix)) in sides.enumerated() {
            parts += inputs[port].fields.filter { used.contains(prefix + $0.name) }
                .map { Part(role: role, name: $0.name, meaning: Meaning(column: $0.name, port: port)) }
        }
        columns = join.outputs.map { Meaning(ofBothSides: $0.expression) }
        time = .state("time of the pair")
    }
}

extension StepDescription.Meaning {
    static func fixed(_ text: String) -> Self { Self(rule: .expression, text: text, sources: []) }
    static func state(_ text: String) -> Self { Self(rule: .state, text: text, sources: []) }

    static func code(_ text: String, reading input: RecordSchema) -> Self {
        Self(rule: .code, text: text, sources: input.fields.map { Reference(port: 0, name: $0.name) })
    }

    /// Of an expression over both inputs of a join; other columns are bounds of its window.
    fileprivate init(ofBothSides expression: Expression) {
        self.init(expression) { name in
            ![JoinSpecification.leftPrefix, JoinSpecification.rightPrefix].contains { name.hasPrefix($0) }
        }
        sources = sources.map(\.withoutSide)
    }
}

extension StepDescription.Meaning.Reference {
    fileprivate var withoutSide: Self {
        for (port, prefix) in [JoinSpecification.leftPrefix, JoinSpecification.rightPrefix].enumerated()
        where name.hasPrefix(prefix) {
            return Self(port: port, name: String(name.dropFirst(prefix.count)))
        }
        return self
    }
}

extension StepDescription.Part {
    /// Columns of the input as they are.
    fileprivate static func columns(_ names: [String], _ role: Role) -> [Self] {
        names.map { Self(role: role, name: $0, meaning: StepDescription.Meaning(column: $0)) }
    }
}
