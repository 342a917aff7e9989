"""TensorRT's own allocations, counted."""


def counting_allocator(counts):
    """Return a function of the library's module that makes an allocator and appends the size of each allocation."""

    def make(trt):
        from cuda.bindings import runtime as cuda

        class Allocator(trt.IGpuAsyncAllocator):
            def __init__(self):
                trt.IGpuAsyncAllocator.__init__(self)

            def allocate_async(self, size, alignment, flags, stream):
                counts.append(size)
                code, address = cuda.cudaMallocAsync(size, stream)
                return None if int(code) else int(address)

            def reallocate(self, address, alignment, size):
                return None

            def deallocate_async(self, memory, stream):
                return not int(cuda.cudaFreeAsync(memory, stream)[0])

        return Allocator()

    return make
