extension ScalarFunction {
    /// The call with names of parameters, and the types that they take.
    var signature: String {
        let parts = parameters.map { parameter -> String in
            let text = parameter.name + (parameter.isRepeated ? "..." : "")
            return parameter.standard == nil ? text : "[\(text)]"
        }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }

    /// The function's section of the reference.
    fileprivate var markdown: String {
        let takes = parameters.map { parameter -> String in
            var text = "`\(parameter.name)` \(parameter.kind.text)"
            if parameter.isConstant { text += " literal" }
            if let standard = parameter.standard { text += ", \(standard.sqlText) if left out" }
            return text
        }
        var lines = ["### \(signature)", "", summary, ""]
        if !takes.isEmpty { lines.append("- **takes** \(takes.joined(separator: "; "))") }
        lines.append("- **gives** \(gives)")
        if let nulls {
            lines.append("- **nulls** \(nulls)" + (failure.map { "; null when \($0)" } ?? ""))
        } else if let failure {
            lines.append("- **nulls** null when an argument is, and when \(failure)")
        }
        for example in examples { lines.append("- `\(example.call)` is `\(example.value)`") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The reference as Markdown: what stands in `docs/FUNCTIONS.md`.
    public static var reference: String {
        let head = """
            # Functions

            The scalar functions of expressions, by the names under which they stand in plans and messages. The names and
            the meaning are Spark's where Spark has the function; where PostgreSQL differs, it is said. On `Expr` they are
            methods and properties: `row.name.trimmed()`, `row.paidAt.local(in: "Europe/Berlin").hour`.

            Nulls follow SQL: a function of a null is null unless its entry says otherwise. What has no value in its type
            is null too, never wrapped, rounded or an error: overflow, division by zero, a text that is no number. An
            expression that can be null for such a reason is not taken by a column that is declared as never null;
            `coalesce` gives it a value. Literals are worked out when the topology is planned.


            """
        let sections = FunctionFamily.all.map { family in
            "## \(family.title)\n\n\(family.introduction)\n\n"
                + family.functions.map(\.markdown).joined(separator: "\n")
        }
        return head + sections.joined(separator: "\n") + "\n" + FunctionFamily.operators
    }
}

extension FunctionParameter.Kind {
    fileprivate var text: String {
        switch self {
        case .dateOrTimestamp: "date or timestamp"
        case .day: "date, or the day (UTC) of a timestamp"
        case .bigint: "int or bigint"
        case .common: "any, of one type"
        default: rawValue
        }
    }
}

extension FunctionFamily {
    /// What is written otherwise than as a call.
    fileprivate static let operators = """
        ## Operators

        | | takes | gives | null when |
        | --- | --- | --- | --- |
        | `+` `-` `*` | numbers; the wider type wins, a decimal meets a double as double | that type; decimals with room \
        for the result up to 38 digits | the result leaves its type |
        | `/` `%` | numbers; integers divide towards zero | that type | also when the divisor is 0 |
        | `=` `<>` `<` `<=` `>` `>=` | two values of one type, or numbers; NaN equals NaN and is greater than all numbers \
        | boolean | one is null |
        | `between` | a value and two bounds | boolean, both bounds included | as `and` of two comparisons |
        | `in` | a value and constants | boolean | the value is null |
        | `and` `or` `not` | booleans | boolean, with three values | neither decides |
        | `is null`, `is not null` | anything | boolean | never |
        | `case when … then … else … end` | booleans and values of one type | that type | the chosen value is null, or no \
        condition is true and there is no `else` |
        | `cast(… as …)` | a value | the type | the type cannot hold it (Spark's `try_cast`) |

        Casts are between numbers (fractions are cut off into integers and rounded half away from zero into decimals), \
        booleans and numbers (0 is false), dates and timestamps (midnight in UTC), binary and string (UTF-8), and from and \
        to string for all of these: numbers in digits with an exponent or without, `true`/`t`/`yes`/`y`/`1` and their \
        opposites, dates and timestamps in ISO 8601 (a timestamp is written in UTC as `2024-03-05 07:08:09.5`); white space around them does not matter.

        """
}
