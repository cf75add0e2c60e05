import Columnar

extension PlanDescription {
    func encode(into writer: inout BinaryWriter) {
        writer.list(steps) { writer, step in step.encode(into: &writer) }
        writer.integer(Int32(nextNumber))
    }

    init(from reader: inout BinaryReader) throws {
        let steps = try reader.list { try StepDescription(from: &$0) }
        self.init(steps: steps, nextNumber: Int(try reader.integer() as Int32))
        for (number, step) in steps.enumerated() where !step.inputs.allSatisfy({ (0..<number).contains($0) }) {
            throw CheckpointError("a step of its plan stands before its input")
        }
    }
}

extension StepDescription {
    fileprivate func encode(into writer: inout BinaryWriter) {
        writer.text(kind.rawValue)
        writer.optional(name) { $0.text($1) }
        writer.text(text)
        writer.list(inputs) { $0.integer(Int32($1)) }
        writer.integer(Int32(number))
        // Rows that are none: their schema is what counts.
        let empty = gives.fields.map { ColumnVector($0.type, scalars: []) }
        writer.block { BatchCodec.encode([RecordBatch(schema: gives, columns: empty, count: 0)], into: &$0) }
        writer.list(columns) { writer, meaning in meaning.encode(into: &writer) }
        writer.optional(time) { writer, meaning in meaning.encode(into: &writer) }
        writer.list(parts) { writer, part in
            writer.text(part.role.rawValue)
            writer.text(part.name)
            part.meaning.encode(into: &writer)
        }
        writer.list(settings.sorted { $0.key < $1.key }) { writer, setting in
            writer.text(setting.key)
            writer.text(setting.value)
        }
        writer.optional(sink) { writer, sink in writer.list(sink.words) { $0.text($1) } }
    }

    fileprivate init(from reader: inout BinaryReader) throws {
        kind = try reader.word()
        name = try reader.optional { try $0.text() }
        text = try reader.text()
        inputs = try reader.list { Int(try $0.integer() as Int32) }
        number = Int(try reader.integer() as Int32)
        guard let rows = try BatchCodec.decode(try reader.block()).first else {
            throw CheckpointError("a step of its plan has no columns")
        }
        gives = rows.schema
        columns = try reader.list { try Meaning(from: &$0) }
        time = try reader.optional { try Meaning(from: &$0) }
        parts = try reader.list {
            Part(role: try $0.word(), name: try $0.text(), meaning: try Meaning(from: &$0))
        }
        settings = [:]
        for (name, value) in try reader.list({ (try $0.text(), try $0.text()) }) { settings[name] = value }
        sink = try reader.optional { reader in
            guard let sink = SinkDescription(words: try reader.list { try $0.text() }) else {
                throw CheckpointError("a sink of a kind that this program does not know")
            }
            return sink
        }
        guard columns.count == gives.fields.count, (kind == .write) == (sink != nil) else {
            throw CheckpointError("a step of its plan is of another shape")
        }
    }
}

extension StepDescription.Meaning {
    fileprivate func encode(into writer: inout BinaryWriter) {
        writer.integer(rule.rawValue)
        writer.text(text)
        writer.list(sources) { writer, source in
            writer.integer(Int32(source.port))
            writer.text(source.name)
        }
    }

    fileprivate init(from reader: inout BinaryReader) throws {
        guard let rule = Rule(rawValue: try reader.integer()) else {
            throw CheckpointError("a column of a kind that this program does not know")
        }
        self.rule = rule
        text = try reader.text()
        sources = try reader.list { Reference(port: Int(try $0.integer() as Int32), name: try $0.text()) }
    }
}

extension BinaryReader {
    /// One of the words that a type knows.
    fileprivate mutating func word<Word: RawRepresentable<String>>() throws -> Word {
        let text = try text()
        guard let word = Word(rawValue: text) else {
            throw CheckpointError("'\(text)' in its plan, which this program does not know")
        }
        return word
    }
}

extension SinkDescription {
    /// The sink as words, the kind of the destination first.
    fileprivate var words: [String] {
        switch destination {
        case .table(let name, .append(let columns)): ["append", name] + columns
        case .table(let name, .merge(let keys)): ["merge", name] + keys
        case .topic(let topic):
            ["topic", topic.topic, topic.format.rawValue, topic.delivery == .exactlyOnce ? "once" : "again"]
                + topic.keys
        }
    }

    fileprivate init?(words: [String]) {
        guard words.count >= 2 else { return nil }
        switch words[0] {
        case "append": self.init(table: words[1], mode: .append(partitionedBy: Array(words[2...])))
        case "merge": self.init(table: words[1], mode: .merge(keys: Array(words[2...])))
        case "topic":
            guard words.count >= 4, let format = TopicDescription.Format(rawValue: words[2]),
                let delivery = ["once": TopicDescription.Delivery.exactlyOnce, "again": .atLeastOnce][words[3]]
            else { return nil }
            self.init(
                topic: TopicDescription(
                    topic: words[1], format: format, keys: Array(words[4...]), delivery: delivery))
        default: return nil
        }
    }
}
