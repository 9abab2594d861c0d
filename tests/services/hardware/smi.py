"""nvidia-smi's answers, in the form that its documentation gives, and a runner that plays them."""

from services.hardware.nvidia import Answer, Runner

RTX_4070 = (
    "0, GPU-4c1f8b0e-1111-2222-3333-444455556666, NVIDIA GeForce RTX 4070, 581.57, 12282, 1103, 41, 3, 27.51, 8.9\n"
)
TWO = (
    "0, GPU-a, NVIDIA GeForce GT 1030, 581.57, 2048, 210, 35, [N/A], [N/A], 6.1\n"
    "1, GPU-b, NVIDIA GeForce RTX 3090, 581.57, 24576, 512, 48, 0, 31.02, 8.6\n"
)
OLD_DRIVER = "0, GPU-c, NVIDIA GeForce RTX 3060, 456.71, 12288, 400, 39, 1, 15.00\n"
GTX_1080 = "0, GPU-d, NVIDIA GeForce GTX 1080, 572.16, 8192, 300, 50, 2, 40.0, 6.1\n"
LAPTOP_2_GB = "0, GPU-e, NVIDIA GeForce MX450, 581.57, 2048, 0, 44, 0, [N/A], 7.5\n"
NO_DRIVER = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA "
    "driver is installed and running.\n"
)
MISMATCH = "Failed to initialize NVML: Driver/library version mismatch\n"
NO_DEVICES = "No devices were found\n"
UNKNOWN_FIELD = 'Field "compute_cap" is not a valid field to query.\n'


def answering(output: str, code: int | None = 0) -> Runner:
    """A runner that gives this answer to anything."""
    return lambda arguments: Answer(code, output)


def old_driver(arguments: list[str]) -> Answer:
    """A driver that does not know compute_cap yet."""
    if "compute_cap" in " ".join(arguments):
        return Answer(2, UNKNOWN_FIELD)
    return Answer(0, OLD_DRIVER)
