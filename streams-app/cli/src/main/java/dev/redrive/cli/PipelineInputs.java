package dev.redrive.cli;

import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.EnvelopeReader;
import dev.redrive.config.RedriveConfig;

/** Reads inputs as the pipeline of a configuration does, so that the command line takes what it takes. */
final class PipelineInputs {

    private PipelineInputs() {}

    static DomainMapper mapper(RedriveConfig config) {
        return new DomainMapper(
                config.profiles(),
                new EnvelopeReader(config.profiles(), config.limits().maxErrorBodyBytes()));
    }
}
