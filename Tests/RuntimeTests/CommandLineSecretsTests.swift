import Testing

@testable import Runtime

@Suite struct CommandLineSecretsTests {
    @Test(arguments: [
        (["run", "--kafka", "sasl.username=x", "sasl.password=s3cret"], ["s3cret"]),
        (["--kafka=sasl.password=s3=cret"], ["s3=cret"]), (["--sasl.password=s3cret"], ["s3cret"]),
        (["--ssl.key.password", "s3cret", "b"], ["s3cret"]), (["sasl.password=@/run/secret"], []),
        (["--brokers", "a:1", "--kafka", "linger.ms=5"], []), (["sasl.password="], []), (["--sasl.password"], []),
    ])
    func valuesOfSecretsAreFound(arguments: [String], secrets: [String]) {
        #expect(CommandLineSecrets.values(arguments) == secrets)
    }

    @Test func theyAreStruckOut() {
        let text = CommandLineSecrets.redact("Unexpected argument 'p=abc', ab", ["ab", "abc"])
        #expect(text == "Unexpected argument 'p=***', ***")
    }
}
