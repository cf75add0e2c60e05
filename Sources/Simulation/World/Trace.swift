/// Everything that a simulation did, in its order: every I/O operation and every decision, as lines of text. Its hash says
/// whether two runs were the same to the byte.
public final class Trace {
    /// FNV-1a, 64 bits, of all lines.
    public private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Kept when asked for.
    public private(set) var lines: [String] = []
    private let keepsLines: Bool

    public init(keepsLines: Bool = false) { self.keepsLines = keepsLines }

    func note(_ line: String) {
        for byte in line.utf8 { add(byte) }
        add(UInt8(ascii: "\n"))
        if keepsLines { lines.append(line) }
    }

    /// Adds what is too long to be a line.
    func note(_ bytes: [UInt8]) { for byte in bytes { add(byte) } }

    @inline(__always)
    private func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    /// The hash as 16 hexadecimal digits.
    public var digest: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
