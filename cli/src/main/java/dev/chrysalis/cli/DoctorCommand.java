package dev.chrysalis.cli;

import dev.chrysalis.models.json.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/// Says what this machine can do.
@Command(
    name = "doctor",
    description =
        "Say what this machine and this JVM can do, and what to do about what is missing. Exit"
            + " status 1 if calculations run slowly.")
final class DoctorCommand extends ChrysalisCommand {
  @Option(
      names = "--model",
      paramLabel = "DIR|NAME",
      description = "Hold the size of this model against the memory.")
  private Optional<String> model = Optional.empty();

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  public Integer call() {
    Optional<Path> folder = model.map(ModelOptions::folder);
    List<Doctor.Finding> findings = Doctor.look(folder);
    if (json) {
      ArrayNode array = Json.newArray();
      for (Doctor.Finding finding : findings) {
        array
            .addObject()
            .put("state", finding.state().name())
            .put("what", finding.what())
            .put("found", finding.found())
            .put("remedy", finding.remedy());
      }
      console().json(array);
    } else {
      findings.forEach(finding -> console().line(finding.line()));
    }
    return findings.stream().anyMatch(f -> f.state() == Doctor.State.slow) ? FAILED : DONE;
  }
}
