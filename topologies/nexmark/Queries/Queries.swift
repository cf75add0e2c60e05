import Tidemark

/// NEXMark's queries as topologies, by their names there. The numbers that are missing ask for what a stream processor
/// leaves to others: a side table, files, or functions in another language.
public enum Nexmark {
    public static var queries: [(name: String, topology: any Topology.Type)] {
        [
            ("q0", Q0.self), ("q1", Q1.self), ("q2", Q2.self), ("q3", Q3.self), ("q4", Q4.self), ("q5", Q5.self),
            ("q7", Q7.self), ("q8", Q8.self), ("q9", Q9.self), ("q11", Q11.self), ("q12", Q12.self), ("q15", Q15.self),
            ("q16", Q16.self), ("q17", Q17.self), ("q18", Q18.self), ("q20", Q20.self), ("q22", Q22.self),
        ]
    }
}
