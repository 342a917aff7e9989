// Matte a photo with ONNX Runtime: hop_matte NETWORK.onnx PHOTO TRIMAP ALPHA.png
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

struct Picture {
    int64_t width, height, channels;
    std::vector<float> levels;  // [height, width, channels] in 0..255

    Ort::Value tensor(const Ort::MemoryInfo& memory) {
        const std::array<int64_t, 4> shape = {1, height, width, channels};
        return Ort::Value::CreateTensor<float>(memory, levels.data(), levels.size(), shape.data(), shape.size());
    }
};

Picture read(const std::string& path, int channels) {
    int width, height;
    const std::unique_ptr<stbi_uc, void (*)(void*)> bytes(
        stbi_load(path.c_str(), &width, &height, nullptr, channels), stbi_image_free);
    if (!bytes) throw std::runtime_error(path + ": " + stbi_failure_reason() + "; expected a PNG or JPEG file");
    const size_t count = size_t(width) * height * channels;
    return {width, height, channels, std::vector<float>(bytes.get(), bytes.get() + count)};
}

void write(const std::string& path, int64_t width, int64_t height, const float* alpha) {
    std::vector<uint8_t> levels(width * height);
    std::transform(alpha, alpha + levels.size(), levels.begin(), [](float a) { return uint8_t(255 * a + 0.5f); });
    if (!stbi_write_png(path.c_str(), int(width), int(height), 1, levels.data(), int(width)))
        throw std::runtime_error(path + ": cannot be written");
}

std::string size(const Picture& picture) {
    return std::to_string(picture.width) + " x " + std::to_string(picture.height);
}

int run(int argc, char** argv) {
    if (argc != 5) throw std::runtime_error("usage: hop_matte NETWORK.onnx PHOTO TRIMAP ALPHA.png");
    Picture photo = read(argv[2], 3), trimap = read(argv[3], 1);
    if (photo.width != trimap.width || photo.height != trimap.height)
        throw std::runtime_error(std::string(argv[3]) + ": is " + size(trimap) + " pixels but the photo is " + size(photo));

    Ort::Env environment(ORT_LOGGING_LEVEL_WARNING, "hop_matte");
    Ort::SessionOptions options;
    options.DisableMemPattern();  // half the memory; photos differ in size anyway
    Ort::Session session(environment, std::filesystem::path(argv[1]).c_str(), options);

    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    const std::array inputs = {photo.tensor(memory), trimap.tensor(memory)};
    const char *input_names[] = {"image", "trimap"}, *output_names[] = {"alpha"};
    const auto outputs = session.Run(Ort::RunOptions{}, input_names, inputs.data(), inputs.size(), output_names, 1);
    write(argv[4], photo.width, photo.height, outputs[0].GetTensorData<float>());
    std::cout << "wrote " << argv[4] << "\n";
    return 0;
}

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << "\n";
        return 2;
    }
}
