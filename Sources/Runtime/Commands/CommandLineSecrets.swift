import ArgumentParser
import Foundation
import KafkaConnector

extension ParsableCommand {
    /// Runs the command that the arguments name, as `main` does, but with passwords struck out of the complaint about
    /// arguments that are not understood: it quotes them.
    /// - Parameter arguments: without the program's name; those of the process by default.
    public static func mainHidingSecrets(_ arguments: [String]? = nil) {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
        } catch {
            let secrets = CommandLineSecrets.values(arguments ?? Array(CommandLine.arguments.dropFirst()))
            let code = exitCode(for: error)
            guard !secrets.isEmpty, code != .success else { exit(withError: error) }
            StandardError.write(CommandLineSecrets.redact(fullMessage(for: error), secrets) + "\n")
            Foundation.exit(code.rawValue)
        }
    }
}

/// Passwords among the arguments of a command.
enum CommandLineSecrets {
    /// The values of arguments `NAME=VALUE` whose names are those of secrets, with dashes before them or not, and of
    /// arguments after such a name.
    static func values(_ arguments: [String]) -> [String] {
        var values: [String] = []
        for (index, argument) in arguments.enumerated() {
            let parts = argument.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            for (place, part) in parts.enumerated() where KafkaConfiguration.isSecret(part) {
                if place + 1 < parts.count {
                    values.append(parts[(place + 1)...].joined(separator: "="))
                    break
                } else if index + 1 < arguments.count {
                    values.append(arguments[index + 1])
                }
            }
        }
        return values.filter { !$0.isEmpty && !$0.hasPrefix("@") }
    }

    static func redact(_ text: String, _ secrets: [String]) -> String {
        secrets.sorted { $0.count > $1.count }.reduce(text) { $0.replacing($1, with: "***") }
    }
}
