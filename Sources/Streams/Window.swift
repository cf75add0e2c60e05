import Dataflow

/// A kind of event-time window.
public struct Window {
    let specification: WindowSpecification

    /// Windows side by side. Rows are taken until the watermark passes the end by `allowedLateness`.
    public static func tumbling(
        _ size: Duration, allowedLateness: Duration = .zero, emitting: WindowSpecification.Emission = .onClose
    ) -> Window { hopping(size, every: size, allowedLateness: allowedLateness, emitting: emitting) }

    /// Windows of one size that begin every so often.
    public static func hopping(
        _ size: Duration, every slide: Duration, allowedLateness: Duration = .zero,
        emitting: WindowSpecification.Emission = .onClose
    ) -> Window {
        Window(
            specification: WindowSpecification(
                size: size.microseconds, slide: slide.microseconds, allowedLateness: allowedLateness.microseconds,
                emission: emitting))
    }
}

/// Rows in windows.
public struct WindowedStream<S: Schema> {
    let builder: TopologyBuilder
    let step: Int
    let window: WindowSpecification

    /// Groups the rows of a window by columns.
    public func groupBy<each Key>(_ keys: repeat KeyPath<S, Column<each Key>>) -> GroupedStream<S> {
        GroupedStream(builder: builder, step: step, window: window, keys: columnNames(of: S.self, repeat each keys))
    }
}
