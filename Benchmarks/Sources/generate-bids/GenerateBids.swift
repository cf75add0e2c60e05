import Bids
import Foundation

/// Writes bids as JSON lines of about 200 bytes, orders or shipments of about 110:
/// `generate-bids COUNT DIRECTORY rr|seq FILES [bids|orders|shipments]`. The same arguments give the same bytes. `rr` deals
/// the records to the files in turn, as to the partitions of a topic; `seq` cuts them into slices of time.
@main struct GenerateBids {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 5 || arguments.count == 6, let count = UInt64(arguments[1]),
            let files = UInt64(arguments[4]), files > 0,
            ["rr", "seq"].contains(arguments[3]), var records = sequence(arguments.count == 6 ? arguments[5] : "bids")
        else {
            let usage = "usage: generate-bids COUNT DIRECTORY rr|seq FILES [bids|orders|shipments]\n"
            FileHandle.standardError.write(Data(usage.utf8))
            exit(2)
        }
        let outputs = (0..<files).map { number in
            let digits = "\(number)"
            let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            return OutputFile("\(arguments[2])/part-\(padded).json")
        }
        let slice = (count + files - 1) / files
        for number in 0..<count {
            let file = arguments[3] == "rr" ? number % files : number / slice
            records.appendNext(to: &outputs[Int(file)].buffer)
            outputs[Int(file)].writeIfFull()
        }
        for output in outputs { output.close() }
    }

    private static func sequence(_ name: String) -> (any LineSequence)? {
        switch name {
        case "bids": BidSequence()
        case "orders": OrderSequence()
        case "shipments": ShipmentSequence()
        default: nil
        }
    }
}

/// A file that is written a megabyte at a time; a failure ends the program.
private final class OutputFile {
    var buffer: [UInt8] = []
    private let path: String
    private let descriptor: Int32
    private static let size = 1 << 20

    init(_ path: String) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if descriptor < 0 { fail() }
        buffer.reserveCapacity(Self.size + 1024)
    }

    func writeIfFull() { if buffer.count >= Self.size { write() } }

    func close() {
        write()
        if Foundation.close(descriptor) != 0 { fail() }
    }

    private func write() {
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 { fail() }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func fail() -> Never {
        perror(path)
        exit(1)
    }
}
