/// An expression with its columns apart from its form, so that two can be compared whatever their columns are called.
public struct ExpressionTemplate: Hashable, Sendable {
    /// The text with `$0`, `$1`, … where the columns stand.
    public let text: String
    /// The columns, each once, in the order in which the text names them first.
    public let columns: [String]

    /// - Parameters:
    ///   - expressions: with commas between them.
    ///   - isOwn: of a column that stays in the text by its name and is none of `columns`.
    public init(_ expressions: [Expression], isOwn: (String) -> Bool = { _ in false }) {
        var columns: [String] = []
        let texts = expressions.map { expression in
            expression.renamingColumns { name in
                if isOwn(name) { return name }
                let index = columns.firstIndex(of: name) ?? columns.count
                if index == columns.count { columns.append(name) }
                return "$\(index)"
            }.description
        }
        text = texts.joined(separator: ", ")
        self.columns = columns
    }
}

extension Expression {
    /// The expression over columns of other names, which are asked for in the order of the text.
    func renamingColumns(_ rename: (String) -> String) -> Expression {
        switch self {
        case .column(let name): return .column(rename(name))
        case .literal: return self
        case .unary(let operation, let operand): return .unary(operation, operand.renamingColumns(rename))
        case .binary(let operation, let left, let right):
            let left = left.renamingColumns(rename)
            return .binary(operation, left, right.renamingColumns(rename))
        case .caseWhen(let branches, let otherwise):
            let renamed = branches.map { branch in
                let condition = branch.condition.renamingColumns(rename)
                return CaseBranch(when: condition, then: branch.value.renamingColumns(rename))
            }
            return .caseWhen(renamed, otherwise: otherwise?.renamingColumns(rename))
        case .cast(let operand, let type): return .cast(operand.renamingColumns(rename), to: type)
        case .function(let function, let arguments):
            return .function(function, arguments.map { $0.renamingColumns(rename) })
        case .isIn(let operand, let values): return .isIn(operand.renamingColumns(rename), values)
        case .field(let operand, let name): return .field(operand.renamingColumns(rename), name)
        case .element(let operand, let key):
            let operand = operand.renamingColumns(rename)
            return .element(operand, key.renamingColumns(rename))
        }
    }
}
